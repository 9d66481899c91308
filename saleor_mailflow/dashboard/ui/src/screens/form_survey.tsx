// The short survey of a sign-up form: up to five questions, whose answers become tags.
import { Button } from "../parts/basic";
import { Text } from "../parts/fields";
import { keyFrom } from "../parts/keys";
import { textIn, withText } from "../parts/languages";
import { readable } from "../parts/words";
import type { SurveyQuestion } from "./form_definition";

const MOST = 5;

export function Survey({ survey, language, change }: { survey: readonly SurveyQuestion[]; language: string; change: (survey: readonly SurveyQuestion[]) => void }) {
  const put = (at: number, question: SurveyQuestion) => change(survey.map((one, place) => (place === at ? question : one)));
  const add = () => change([...survey, { key: keyFrom("", survey.map((one) => one.key), "question"), label: {}, choices: [{ key: "a" }, { key: "b" }] }]);
  return (
    <fieldset class="field">
      <legend class="label">A short survey</legend>
      <p class="help">An answer becomes a tag, which flows and segments can ask for.</p>
      {survey.map((question, at) => {
        const choices = question.choices ?? [];
        const choice = (place: number, text: string) => put(at, { ...question, choices: choices.map((one, number) => (number === place ? { ...one, label: withText(one.label, language, text) } : one)) });
        return (
          <fieldset key={at} class="question">
            <legend class="hidden">Question {at + 1}</legend>
            <Text label={`Question ${at + 1}`} value={textIn(question.label, language)} onInput={(value) => put(at, { ...question, label: withText(question.label, language, value) })} />
            {choices.map((one, place) => <Text key={place} label={`Answer ${place + 1}: tag ${question.key}:${one.key}`} value={textIn(one.label, language)} placeholder={readable(one.key)} onInput={(value) => choice(place, value)} />)}
            <div class="row tight">
              <Button little onClick={() => put(at, { ...question, choices: [...choices, { key: keyFrom("", choices.map((one) => one.key), "c") }] })}>Add an answer<span class="hidden"> to question {at + 1}</span></Button>
              {choices.length > 2 && <Button little onClick={() => put(at, { ...question, choices: choices.slice(0, -1) })}>Take out the last<span class="hidden"> answer of question {at + 1}</span></Button>}
              <Button little onClick={() => change(survey.filter((_, place) => place !== at))}>Take out<span class="hidden"> question {at + 1}</span></Button>
            </div>
          </fieldset>
        );
      })}
      {survey.length < MOST && <div><Button little onClick={add}>Ask a question</Button></div>}
    </fieldset>
  );
}
