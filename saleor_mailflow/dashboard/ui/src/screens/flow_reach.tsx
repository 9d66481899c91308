// Whom a flow reaches: channels in which its switch differs, and those who already qualified.
import { useState } from "preact/hooks";

import { type FlowMode, FlowQualifying, LetIn, SwitchFlow } from "../api/queries";
import type { Card, Shown } from "../api/shapes";
import { useAsk, useChange } from "../api/use";
import { Button } from "../parts/basic";
import { NO_CHANNELS, useChannels } from "../parts/channels";
import { Confirm } from "../parts/dialog";
import { Choice, Select, Text } from "../parts/fields";
import { say, sayErrors } from "../parts/toast";
import { count, people } from "../parts/words";
import { MODES } from "./flows";

/** The switch of each channel that differs, and how to let one more differ. */
export function Channels({ flow, put }: { flow: Shown; put: (flow: Card) => void }) {
  const channels = useChannels();
  const [picked, setPicked] = useState("");
  const [asked, setAsked] = useState<{ channel: string; mode: FlowMode } | null>(null);
  const [run, busy] = useChange(SwitchFlow);
  const set = async (channel: string, mode: FlowMode) => {
    const { payload, errors } = await run({ key: flow.key, mode, channel });
    setAsked(null);
    if (sayErrors(errors) || !payload?.flow) return;
    put(payload.flow);
    setPicked("");
    say(`${channels.nameOf(channel)}: ${mode === "OFF" ? "off" : mode === "SHADOW" ? "shadow" : "live"}.`);
  };
  const ask = (channel: string, mode: FlowMode) => (mode === "LIVE" ? setAsked({ channel, mode }) : void set(channel, mode));
  const add = (event: Event) => {
    event.preventDefault();
    if (picked) void set(picked, "OFF");
  };
  const free = channels.options.filter((option) => !flow.channels.some((one) => one.channel === option.value));
  return (
    <section class="card stack tight" aria-label="Channels">
      <h2>Channels</h2>
      {flow.channels.length === 0 && <p class="weak small">The switch above holds for all channels.</p>}
      <ul class="channels">
        {flow.channels.map((one) => (
          <li key={one.channel}><span>{channels.nameOf(one.channel)}</span><Choice label={`${flow.name} in ${channels.nameOf(one.channel)} is`} value={asked?.channel === one.channel ? asked.mode : one.mode} options={MODES} onInput={(mode) => ask(one.channel, mode as FlowMode)} /></li>
        ))}
      </ul>
      {free.length > 0 && (
        <form class="row tight bottom" onSubmit={add}>
          <Select class="grow" label="A channel that differs" value={picked} onInput={setPicked} options={free} />
          <Button type="submit" busy={busy} disabled={!picked}>Switch it off there</Button>
        </form>
      )}
      {channels.known && channels.options.length === 0 && <p class="weak small">{NO_CHANNELS}</p>}
      {asked && (
        <Confirm title={`Switch ${flow.name} live in ${channels.nameOf(asked.channel)}?`} yes="Go live" busy={busy} confirm={() => void set(asked.channel, asked.mode)} close={() => setAsked(null)}>
          <p>People who cross there from now on enter and get mail.</p>
        </Confirm>
      )}
    </section>
  );
}

/** Those who crossed before the flow was on: nobody is written to unless the merchant lets them in, so many a day. */
export function LetInCard({ flow }: { flow: Shown }) {
  const asked = useAsk(FlowQualifying, { key: flow.key });
  const [perDay, setPerDay] = useState("50");
  const [sure, setSure] = useState(false);
  const [run, busy] = useChange(LetIn);
  const found = asked.data?.flow?.qualifying;
  if (!found || found.lately === 0) return null;
  const letIn = async () => {
    const { payload, errors } = await run({ key: flow.key, perDay: Number(perDay) });
    setSure(false);
    if (sayErrors(errors)) return;
    say(`${people(payload?.people ?? 0)} let in.`);
    await asked.reload();
  };
  return (
    <section class="card stack tight" aria-label="Who already qualifies">
      <h2>Who already qualifies</h2>
      <p>{people(found.lately)} in the last 30 days{found.ever !== null && found.ever > found.lately ? `, ${count(found.ever)} since ever` : ""}. They get nothing unless you let them in.</p>
      <div class="row tight bottom">
        <Text class="grow" label="So many a day" type="number" min="1" max="10000" value={perDay} onInput={setPerDay} />
        <Button disabled={!(Number(perDay) >= 1)} onClick={() => setSure(true)}>Let them in</Button>
      </div>
      {sure && (
        <Confirm title={`Let ${people(found.lately)} in?`} yes="Let them in" busy={busy} close={() => setSure(false)} confirm={letIn}>
          <p>At most {perDay} a day from now on, the earliest first. Each is asked about like anybody else before a mail goes out, and nobody enters twice.</p>
        </Confirm>
      )}
    </section>
  );
}
