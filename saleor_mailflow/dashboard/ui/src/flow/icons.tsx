// One small picture a kind of step, drawn by lines in the text's colour.

const DRAWN: Record<string, string> = {
  start: "M5 3.5v9l7-4.5z",
  send: "M2 4h12v8.5H2zM2 4.5l6 4.5 6-4.5",
  wait: "M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM8 5v3.2l2.2 1.4",
  wait_for: "M4 2.5h8M4 13.5h8M5 2.5c0 3 1.5 4 3 5.5 1.5-1.5 3-2.5 3-5.5M5 13.5c0-3 1.5-4 3-5.5 1.5 1.5 3 2.5 3 5.5",
  branch: "M4 2.5v4c0 2 2 2 4 2s4 .5 4 2.5v2.5M4 6.500v7",
  split: "M8 2.500v4L4 10v3.500M8 6.500l4 3.500v3.500",
  coupon: "M2 5h12v2a1.200 1.200 0 0 0 0 2.400V11H2V9.400A1.200 1.200 0 0 0 2 7zM6.500 9.500l3-3",
  tag: "M2.500 7.500v-5h5l6 6-5 5zM5.200 5.200h.010",
  score: "M8 2.500l1.700 3.500 3.800.500-2.800 2.700.700 3.800L8 11.200 4.600 13l.700-3.800L2.500 6.500 6.300 6z",
  start_flow: "M2.500 8h9M8.500 4.500L12 8l-3.500 3.500M14 3v10",
  notify: "M4 11V7.500a4 4 0 0 1 8 0V11l1 1.500H3zM6.800 12.700a1.300 1.300 0 0 0 2.400 0",
  exit: "M9.500 3H3.500v10h6M7 8h6.500M11 5.500L13.500 8 11 10.500",
};

export function Icon({ kind }: { kind: string }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" width="16" height="16" fill="none" stroke="currentColor" stroke-width="1.4" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">
      <path d={DRAWN[kind] ?? DRAWN["exit"]!} />
    </svg>
  );
}
