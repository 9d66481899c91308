// Where the keyboard is: in the side panel once something was chosen, back at the step when the panel closes.
import { useEffect, useRef } from "preact/hooks";

/** Return a ref for a panel's heading, which takes the focus when the panel opens for `what`. */
export function useFocus<Element extends HTMLElement>(what: string) {
  const heading = useRef<Element>(null);
  useEffect(() => heading.current?.focus(), [what]);
  return heading;
}

/** Give the focus back to a step of the tree. */
export function focusStep(id: string): void {
  requestAnimationFrame(() => document.querySelector<HTMLElement>(`[data-step="${CSS.escape(id)}"]`)?.focus());
}
