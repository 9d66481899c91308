// How a sign-up form comes onto a page: our own page's address, or HTML for the storefront.
import { useState } from "preact/hooks";

import { type FormFields, FormSnippet } from "../api/queries";
import { useChange } from "../api/use";
import { Button } from "../parts/basic";
import { Select, Text } from "../parts/fields";
import { languageOptions } from "../parts/languages";
import { sayErrors } from "../parts/toast";
import { count, share } from "../parts/words";

export function ShowIt({ form }: { form: FormFields }) {
  const [language, setLanguage] = useState("en");
  const [html, setHtml] = useState("");
  const [run, busy] = useChange(FormSnippet);
  const print = async () => {
    const { payload, errors } = await run({ key: form.key, language });
    if (!sayErrors(errors)) setHtml(payload?.html ?? "");
  };
  return (
    <>
      <section class="card stack tight" aria-label="So far">
        <h2>So far</h2>
        <dl class="pairs">
          <dt>Asked</dt><dd class="num">{count(form.asked)}</dd>
          <dt>Confirmed</dt><dd class="num">{count(form.confirmed)}{form.asked > 0 ? ` (${share(form.confirmed, form.asked)})` : ""}</dd>
        </dl>
      </section>
      <section class="card stack" aria-label="Show it">
        <h2>Show it</h2>
        {form.page
          ? <p>Our page, to link to: <a href={form.page} target="_blank" rel="noopener noreferrer" class="address">{form.page}</a></p>
          : <p class="weak">{form.active ? "Nobody can use it: Mailflow is switched off on the plugin’s page." : "It is closed: nobody can sign up by it."}</p>}
        {form.page && (
          <>
            <div class="row tight bottom">
              <Select class="grow" label="Or HTML for your own page, in" value={language} options={languageOptions([])} onInput={(value) => { setLanguage(value); setHtml(""); }} />
              <Button busy={busy} onClick={print}>Print</Button>
            </div>
            {html && <Text label="Put this where you like and dress it" lines={10} code readOnly value={html} onInput={() => undefined} help="Print it again when the words change." />}
          </>
        )}
      </section>
    </>
  );
}
