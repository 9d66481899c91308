// The next thing to do about a flow: what it is comes from the API, and here is the way to it.
import { BringBackFlow, type FlowNextKind, ResumeFlow } from "../api/queries";
import type { Card } from "../api/shapes";
import { useChange } from "../api/use";
import { Button, Link } from "../parts/basic";
import { say, sayErrors } from "../parts/toast";

type Way = { readonly to: (key: string) => string; readonly name: string };

const WAYS: Partial<Record<FlowNextKind, Way>> = {
  PUBLISH: { to: (key) => `/flows/${key}/edit`, name: "To the draft" },
  TRY: { to: (key) => `/flows/${key}`, name: "See it" },
  READ: { to: (key) => `/messages?flow=${key}`, name: "Read them" },
  OFFER: { to: () => "/offers", name: "To the offers" },
  WHY: { to: (key) => `/messages?flow=${key}&state=BLOCKED`, name: "See them" },
};

/** `here` is the path that is shown already, to which no way is offered. */
export function Next({ flow, put, here = "" }: { flow: Card; put: (flow: Card) => void; here?: string }) {
  const [resume, resuming] = useChange(ResumeFlow);
  const [bringBack, bringing] = useChange(BringBackFlow);
  const { kind, sentence } = flow.next;
  const way = WAYS[kind];
  const done = (payload: { readonly flow: Card | null } | null, errors: Record<string, string>, text: string) => {
    if (sayErrors(errors) || !payload?.flow) return;
    put(payload.flow);
    say(text);
  };
  const again = async () => {
    const { payload, errors } = await resume({ key: flow.key });
    done(payload, errors, "It goes on.");
  };
  const back = async () => {
    const { payload, errors } = await bringBack({ key: flow.key });
    done(payload, errors, "It is back, as it was.");
  };
  return (
    <p class="next">
      {kind !== "NOTHING" && kind !== "RETIRED" && <strong>Next: </strong>}{sentence}{" "}
      {way && way.to(flow.key) !== here && <Link to={way.to(flow.key)}>{way.name}</Link>}
      {kind === "RESUME" && <Button little busy={resuming} onClick={again}>Let it go on</Button>}
      {kind === "RETIRED" && <Button little busy={bringing} onClick={back}>Bring it back</Button>}
    </p>
  );
}
