// What own words may use: tested blocks and what is known of the person, each put in by a click.
import { Button } from "../parts/basic";
import { readable } from "../parts/words";

const SNIPPETS: Record<string, (variables: readonly string[]) => string> = {
  button: () => '{{ button(shop_url, "Have a look") }}\n',
  coupon: () => "{% if offer %}{{ coupon(offer) }}{% endif %}\n",
  grid: () => '{{ grid(products, "Perhaps something for you") }}\n',
  lines: (variables) => (variables.includes("basket") ? '{{ lines(basket, restore_url, "large") }}\n' : '{{ lines(order, shop_url, "compact") }}\n'),
  steps: () => '{{ steps(["First this.", "Then that."]) }}\n',
  tale: () => '{{ tale("A heading", ["A paragraph.", "Another one."]) }}\n',
  tip: () => '{{ tip("A tip", "What helps.") }}\n',
};

export function Blocks({ blocks, variables, insert }: { blocks: readonly string[]; variables: readonly string[]; insert: (snippet: string) => void }) {
  return (
    <>
      <section class="stack tight" aria-label="Blocks">
        <h2>Blocks</h2>
        <div class="row tight">{blocks.map((one) => <Button key={one} little onClick={() => insert(SNIPPETS[one]?.(variables) ?? `{{ ${one}() }}\n`)}>{readable(one)}</Button>)}</div>
      </section>
      <details>
        <summary>What is known of the person and the shop ({variables.length})</summary>
        <div class="row tight variables">{variables.map((one) => <Button key={one} little onClick={() => insert(`{{ ${one} }}`)}>{one}</Button>)}</div>
      </details>
    </>
  );
}
