// A flow's draft: its tree with a side panel for the chosen step, saved while one works, published with its difference.
import { useEffect, useRef, useState } from "preact/hooks";

import { ask } from "../api/client";
import { BeginDraft, Draft, type DraftData, type DraftFields, SaveDraft } from "../api/queries";
import { sentenceOf, useAsk, useChange } from "../api/use";
import { focusStep, useFocus } from "../flow/focus";
import { Endings, General } from "../flow/flow_form";
import { KINDS, freshStep } from "../flow/fresh";
import { StepForm } from "../flow/step_form";
import { type Definition, type Path, type StepJson, changed, find, withMoved, withStep, withoutStep } from "../flow/tree";
import { Tree } from "../flow/view";
import { stepWords } from "../flow/words";
import { guardLeaving, go } from "../frame/router";
import { Button, Empty, Failed, Head, Loading, Notice, Tag } from "../parts/basic";
import { Confirm } from "../parts/dialog";
import { sayErrors } from "../parts/toast";
import { people, readable } from "../parts/words";
import { DraftActs } from "./edit_acts";
import { Top } from "./flow";
import { BacktestCard } from "./flow_backtest";

const PAUSE_MS = 700;

export function Screen({ id }: { id: string }) {
  const asked = useAsk(Draft, { key: id });
  const [begin, busy] = useChange(BeginDraft);
  const back = { to: `/flows/${id}`, name: asked.data?.flow?.name ?? readable(id) };
  if (!asked.data) return <><Head title="Edit the flow" back={back} />{asked.error ? <Failed error={asked.error} again={asked.reload} /> : <Loading what="Loading the draft" tall={3} />}</>;
  if (!asked.data.flowDraft) {
    const start = async () => {
      if (!sayErrors((await begin({ key: id })).errors)) await asked.reload();
    };
    return <><Head title="Edit the flow" back={back} /><Empty title="No draft yet" action={<Button first busy={busy} onClick={start}>Begin a draft</Button>}>A draft changes nothing for anybody until you publish it.</Empty></>;
  }
  return <Editor key={id} data={asked.data} draft={asked.data.flowDraft} />;
}

function Editor({ data, draft: first }: { data: DraftData; draft: DraftFields }) {
  const [draft, setDraft] = useState(first);
  const [definition, setDefinition] = useState(() => JSON.parse(first.definition) as Definition);
  const [chosen, setChosen] = useState("");
  const [ending, setEnding] = useState(false);
  const [adding, setAdding] = useState<{ list: Path; number: number } | null>(null);
  const [state, setState] = useState<"saved" | "typed" | "saving">("saved");
  const [wrong, setWrong] = useState("");
  const [leaving, setLeaving] = useState("");
  const latest = useRef(definition);
  const revision = useRef(first.revision);
  latest.current = definition;

  const save = async () => {
    const sent = latest.current;
    setState("saving");
    try {
      const { flowDraftSave: done } = await ask(SaveDraft, { key: first.key, definition: JSON.stringify(sent), revision: revision.current });
      const error = done?.errors[0];
      if (error || !done?.draft) throw new Error(error?.message ?? "The draft was not saved.");
      revision.current = done.draft.revision;
      setDraft(done.draft);
      setWrong("");
      setState(latest.current === sent ? "saved" : "typed");
    } catch (error) {
      setWrong(sentenceOf(error));
      setState("typed");
    }
  };
  useEffect(() => {
    if (state !== "typed" || wrong) return undefined;
    const timer = setTimeout(() => void save(), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [state, definition, wrong]);
  useEffect(() => (state !== "saved" ? guardLeaving(() => "changes", setLeaving) : undefined), [state !== "saved"]);

  const edit = (fresh: Definition) => {
    setDefinition(fresh);
    setWrong("");
    setState("typed");
  };
  const put = (step: StepJson) => {
    const found = find(definition, chosen);
    if (found) edit(changed(definition, found.path, () => step));
  };
  const add = (type: string) => {
    if (!adding) return;
    const step = freshStep(definition, type);
    edit(withStep(definition, adding.list, adding.number, step));
    setAdding(null);
    setChosen(step.id);
  };
  const waiting = new Map(data.flow?.waiting.map((one) => [one.key, one.count]));
  const found = chosen ? find(definition, chosen) : null;
  const general = draft.findings.filter((one) => !one.step);
  return (
    <>
      <Head title={`${definition.name}: draft`} back={{ to: `/flows/${first.key}`, name: definition.name }} sub={
        <span class="row tight">
          <Tag tone={draft.publishable ? "good" : "warn"}>{draft.publishable ? "Can be published" : `${draft.findings.filter((one) => one.level === "ERROR").length} to finish`}</Tag>
          <span role="status">{wrong ? "Not saved" : state === "saved" ? "Saved" : "Saving …"} · {draft.changes.length === 1 ? "1 change" : `${draft.changes.length} changes`}</span>
        </span>
      }>
        <DraftActs draft={draft} inside={data.flow?.figures.inside ?? 0} saved={state === "saved"} />
      </Head>
      <div class="stack">
        {wrong && <Notice tone="bad" urgent action={<Button little onClick={() => void save()}>Save again</Button>}>{wrong}</Notice>}
        {draft.conflict && <Notice tone="warn">{draft.conflict}</Notice>}
        {general.map((one) => <Notice key={one.text} tone={one.level === "ERROR" ? "bad" : "warn"}>{one.text}</Notice>)}
        <div class="columns">
          <section aria-label="Steps">
            <Top definition={definition} waiting={0} chosen={ending ? "ends" : ""} choose={(what) => { setAdding(null); setChosen(""); setEnding(what === "ends" && !ending); }} />
            <Tree steps={definition.steps} waiting={waiting} findings={draft.findings} chosen={chosen}
              choose={(one) => { setAdding(null); setEnding(false); setChosen(chosen === one ? "" : one); }}
              between={(list, number) => <Button little aria-label={`Add a step here (place ${number + 1})`} onClick={() => { setChosen(""); setEnding(false); setAdding({ list, number }); }}>+</Button>} />
          </section>
          <div class="stack aside">
            {adding ? <Adding add={add} close={() => setAdding(null)} />
              : found ? <Panel step={found.step} path={found.path} definition={definition} choices={data} findings={draft.findings} waiting={waiting.get(chosen) ?? 0} edit={edit} put={put} choose={setChosen} />
                : ending ? <Endings definition={definition} edit={edit} close={() => { setEnding(false); focusStep("ends"); }} />
                  : <General definition={definition} topics={data.topics} edit={edit} />}
            {state === "saved" && <BacktestCard key={draft.revision} flow={first.key} draft />}
          </div>
        </div>
      </div>
      {leaving && (
        <Confirm title="Leave before it is saved?" yes="Leave" close={() => setLeaving("")} confirm={() => go(leaving, { sure: true })}>
          <p>{wrong || "Your last change is being saved."}</p>
        </Confirm>
      )}
    </>
  );
}

function Adding({ add, close }: { add: (type: string) => void; close: () => void }) {
  const heading = useFocus<HTMLHeadingElement>("add");
  return (
    <section class="card stack tight" aria-label="Add a step">
      <div class="row"><h2 class="grow" tabIndex={-1} ref={heading}>Add a step</h2><Button plain aria-label="Close" onClick={close}>×</Button></div>
      <ul class="stack tight">
        {KINDS.map((kind) => <li key={kind.type}><button type="button" class="node pick" onClick={() => add(kind.type)}><span class="what"><span class="title">{kind.name}</span><span class="line">{kind.help}</span></span></button></li>)}
      </ul>
    </section>
  );
}

function Panel({ step, path, definition, choices, findings, waiting, edit, put, choose }: {
  step: StepJson; path: Path; definition: Definition; choices: DraftData; findings: DraftFields["findings"]; waiting: number;
  edit: (definition: Definition) => void; put: (step: StepJson) => void; choose: (id: string) => void;
}) {
  const [asked, setAsked] = useState(false);
  const heading = useFocus<HTMLHeadingElement>(step.id);
  const { title } = stepWords(step);
  const remove = () => {
    choose("");
    edit(withoutStep(definition, path));
  };
  return (
    <section class="card stack" aria-label={title}>
      <div class="row"><h2 class="grow" tabIndex={-1} ref={heading}>{title}</h2><Button plain aria-label="Close" onClick={() => { choose(""); focusStep(step.id); }}>×</Button></div>
      {findings.filter((one) => one.step === step.id).map((one) => <Notice key={one.text} tone={one.level === "ERROR" ? "bad" : "warn"}>{one.text}</Notice>)}
      <StepForm step={step} definition={definition} choices={choices} change={put} />
      <div class="row tight">
        <Button little onClick={() => edit(withMoved(definition, path, -1))}>Move up</Button>
        <Button little onClick={() => edit(withMoved(definition, path, 1))}>Move down</Button>
        <Button little danger onClick={() => (waiting > 0 || step.type === "branch" || step.type === "split" || step.type === "wait_for" ? setAsked(true) : remove())}>Take out</Button>
      </div>
      {asked && (
        <Confirm title="Take this step out?" yes="Take out" danger close={() => setAsked(false)} confirm={() => { setAsked(false); remove(); }}>
          {waiting > 0 && <p>{people(waiting)} stand here now. They go on by the version they entered with.</p>}
          {step.type !== "send" && <p>All that its ways hold goes with it.</p>}
        </Confirm>
      )}
    </section>
  );
}
