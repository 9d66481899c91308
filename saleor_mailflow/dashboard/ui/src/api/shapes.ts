// What several screens show the same of: the answers' parts by one name each.
import type { ContactDetailData, FlowDetailData, FlowsData } from "./queries";

/** A flow as its card tells of it. */
export type Card = FlowsData["flows"][number];
/** A flow as its own screen tells of it. */
export type Shown = NonNullable<FlowDetailData["flow"]>;
/** One person. */
export type Person = NonNullable<ContactDetailData["contact"]>;
