// Asks the API: one POST, the frame's token in its header, no cookies. Says what went wrong in a sentence.
import { bearer, refuse } from "../frame/bridge";
import { GRAPHQL } from "../frame/page";

/** A question with its text; `Data` and `Variables` are its types (written by tools/types.mjs). */
export type Document<Data, Variables> = { readonly name: string; readonly text: string; readonly types?: [Data, Variables] };

/** What kept the API from answering. `code` is the API's own, "" where it did not come so far. */
export class ApiError extends Error {
  constructor(message: string, readonly code = "", readonly status = 0) {
    super(message);
  }
}

type Answer<Data> = { data?: Data | null; errors?: { message: string; extensions?: { exception?: { code?: string } } }[] };

const TOKEN_CODES = new Set(["ExpiredSignatureError", "InvalidTokenError"]);

/** Return the answer. Raises ApiError. A refused token is asked for once more: it lives for five minutes only. */
export async function ask<Data, Variables>(document: Document<Data, Variables>, variables: Variables, again = true): Promise<Data> {
  const token = await bearer();
  let answer: Response;
  try {
    answer = await fetch(GRAPHQL, {
      method: "POST",
      credentials: "omit",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
      body: JSON.stringify({ query: document.text, operationName: document.name, variables }),
    });
  } catch {
    throw new ApiError("The shop cannot be reached. Look at your connection, then try again.");
  }
  let body: Answer<Data>;
  try {
    body = (await answer.json()) as Answer<Data>;
  } catch {
    throw new ApiError(`The shop answered ${answer.status} and nothing that can be read. Try again in a minute.`, "", answer.status);
  }
  const errors = body.errors ?? [];
  const codes = errors.map((error) => error.extensions?.exception?.code ?? "");
  if (again && (answer.status === 401 || codes.some((code) => TOKEN_CODES.has(code)))) {
    refuse(token);
    return ask(document, variables, false);
  }
  // What this person may not see comes as null with an error beside it; the rest of the screen is still theirs.
  if (body.data && codes.every((code) => code === "PermissionDenied")) return body.data;
  throw new ApiError(errors[0]?.message ?? `The shop answered ${answer.status}.`, codes[0], answer.status);
}
