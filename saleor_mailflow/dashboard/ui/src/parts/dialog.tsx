// Asks in the page: the frame's sandbox makes the browser's own confirm() answer no without being shown.
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

import { Button } from "./basic";

/** A window above the screen; the browser keeps the focus inside and gives it back. */
export function Dialog({ title, close, children }: { title: string; close: () => void; children: ComponentChildren }) {
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = box.current;
    const before = document.activeElement;
    if (dialog && !dialog.open) dialog.showModal();
    return () => {
      dialog?.close();
      // Taken out of the page it gives nothing back by itself.
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  const asked = (event: Event) => {
    event.preventDefault();
    close();
  };
  return (
    <dialog ref={box} aria-label={title} onCancel={asked}>
      <div class="stack">
        <h2>{title}</h2>
        {children}
      </div>
    </dialog>
  );
}

/** Ask before something that cannot be taken back, or that reaches people. */
export function Confirm({ title, yes, danger, busy, confirm, close, children }: {
  title: string; yes: string; danger?: boolean; busy?: boolean; confirm: () => void; close: () => void; children: ComponentChildren;
}) {
  return (
    <Dialog title={title} close={close}>
      <div class="stack tight">{children}</div>
      <div class="row">
        <Button onClick={close}>Cancel</Button>
        <Button first={!danger} danger={danger ?? false} busy={busy ?? false} onClick={confirm}>{yes}</Button>
      </div>
    </Dialog>
  );
}
