// Who is inside a flow or was, at which step, and until when; taken out or let on by hand.
import { useState } from "preact/hooks";

import { CancelEnrollment, type EnrollmentState, FlowPeople, type FlowPeopleData, type FlowPeopleVariables, SkipWait } from "../api/queries";
import { useChange } from "../api/use";
import { currentQuery } from "../frame/router";
import { Button, Empty, Failed, Head, Link, Loading, More, Tag } from "../parts/basic";
import { Confirm } from "../parts/dialog";
import { Select } from "../parts/fields";
import { usePages } from "../parts/pages";
import { say, sayErrors } from "../parts/toast";
import { ago, readable, when } from "../parts/words";

type One = NonNullable<NonNullable<FlowPeopleData["enrollments"]>["edges"][number]["node"]>;

export function Screen({ id }: { id: string }) {
  const step = currentQuery().get("step") ?? "";
  const [state, setState] = useState("ACTIVE");
  const asked: FlowPeopleVariables = { flow: id, ...(step ? { step } : {}), ...(state ? { state: state as EnrollmentState } : {}) };
  const list = usePages(FlowPeople, asked, (data) => data.enrollments);
  return (
    <>
      <Head title={step ? `People at “${readable(step)}”` : "People in this flow"} back={{ to: `/flows/${id}`, name: readable(id) }} />
      <div class="filters"><Select label="State" value={state} onInput={setState} options={[{ value: "ACTIVE", label: "Inside now" }, { value: "ENDED", label: "Out of it" }, { value: "", label: "Both" }]} /></div>
      {list.error && <Failed error={list.error} again={list.reload} />}
      {!list.data && !list.error && <Loading what="Loading the people" tall={2} />}
      {list.data && list.rows.length === 0 && <Empty title="Nobody here" action={<Link class="button" to={`/flows/${id}`}>Back to the flow</Link>}>Only people who cross into the flow while it is on are inside.</Empty>}
      {list.rows.length > 0 && <ul class="list">{list.rows.map((one) => <li key={one.id}><Line one={one} reload={list.reload} /></li>)}</ul>}
      <More shown={list.rows.length} total={list.total} busy={list.busy} next={list.next} />
    </>
  );
}

function Line({ one, reload }: { one: One; reload: () => Promise<void> }) {
  const [asked, setAsked] = useState(false);
  const [cancel, cancelling] = useChange(CancelEnrollment);
  const [skip, skipping] = useChange(SkipWait);
  const inside = one.state === "ACTIVE";
  const finish = async (errors: Record<string, string>, text: string) => {
    setAsked(false);
    if (!sayErrors(errors)) say(text);
    await reload();
  };
  return (
    <div class="line">
      <span class="title"><Link to={`/contacts/${encodeURIComponent(one.recipient)}`}>{one.recipient}</Link></span>
      <span class="side">{inside ? <Tag tone="info">{readable(one.step || "end")}</Tag> : <Tag>Out</Tag>}</span>
      <span class="weak small">{inside ? `Entered ${when(one.enteredAt)}${one.dueAt ? ` · next step ${ago(one.dueAt)}` : ""}` : `${when(one.endedAt)} · ${one.exitSentence ?? ""}`}</span>
      <span class="side">
        {inside && <><Button little busy={skipping} onClick={async () => finish((await skip({ id: one.id })).errors, "They go on now.")}>Skip the wait</Button> <Button little onClick={() => setAsked(true)}>Take out</Button></>}
      </span>
      {asked && (
        <Confirm title="Take this person out of the flow?" yes="Take out" busy={cancelling} close={() => setAsked(false)} confirm={async () => finish((await cancel({ id: one.id })).errors, "They are out of the flow.")}>
          <p>Mails of this flow that have not left do not leave. They may enter again when they cross anew.</p>
        </Confirm>
      )}
    </div>
  );
}
