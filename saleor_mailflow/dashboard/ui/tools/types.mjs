// Writes src/api/queries.ts from queries/*.graphql and the committed schema: each question's text with the types of what
// goes in and comes out. Refuses a query that the schema cannot answer.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { buildSchema, isEnumType, isInputObjectType, isListType, isNonNullType, parse, print, stripIgnoredCharacters,
  typeFromAST, validate } from "graphql";

const here = new URL("..", import.meta.url);
const schema = buildSchema(readFileSync(new URL("../../graphql/schema.graphql", here), "utf8"));
const files = readdirSync(new URL("queries/", here)).filter((name) => name.endsWith(".graphql")).sort();
const document = parse(files.map((name) => readFileSync(new URL(`queries/${name}`, here), "utf8")).join("\n"));
const wrong = validate(schema, document);
if (wrong.length > 0) {
  for (const error of wrong) console.error(`${error.message}\n${error.source?.body.split("\n")[(error.locations?.[0]?.line ?? 1) - 1] ?? ""}`);
  process.exit(1);
}

const SCALARS = { Int: "number", Float: "number", Boolean: "boolean" };
const fragments = new Map(document.definitions.filter((d) => d.kind === "FragmentDefinition").map((d) => [d.name.value, d]));
const enums = new Set();
const inputs = new Set();

function named(type) {
  if (isEnumType(type)) enums.add(type);
  if (isInputObjectType(type)) inputs.add(type);
  return isEnumType(type) || isInputObjectType(type) ? type.name : (SCALARS[type.name] ?? "string");
}

function written(type, selections) {
  if (isNonNullType(type)) return bare(type.ofType, selections);
  return `${bare(type, selections)} | null`;
}

function bare(type, selections) {
  if (isListType(type)) return `readonly (${written(type.ofType, selections)})[]`;
  return selections ? shape(type, selections) : named(type);
}

function fields(type, selections, found = new Map()) {
  for (const one of selections.selections) {
    if (one.kind === "FragmentSpread") fields(type, fragments.get(one.name.value).selectionSet, found);
    else if (one.kind === "InlineFragment") fields(type, one.selectionSet, found);
    else found.set(one.alias?.value ?? one.name.value, one);
  }
  return found;
}

function shape(type, selections) {
  const lines = [...fields(type, selections)].map(([name, one]) =>
    one.name.value === "__typename" ? `${name}: string` : `readonly ${name}: ${written(type.getFields()[one.name.value].type, one.selectionSet)}`);
  return `{ ${lines.join("; ")} }`;
}

function taken(type) {
  const inner = isNonNullType(type) ? type.ofType : type;
  const text = isListType(inner) ? `readonly (${taken(inner.ofType).text})[]` : named(inner);
  return { text: isNonNullType(type) ? text : `${text} | null`, needed: isNonNullType(type) };
}

function used(selections, names = new Set()) {
  for (const one of selections.selections) {
    if (one.kind === "FragmentSpread" && !names.has(one.name.value)) used(fragments.get(names.add(one.name.value) && one.name.value).selectionSet, names);
    else if (one.selectionSet) used(one.selectionSet, names);
  }
  return names;
}

const out = [];
for (const [name, fragment] of [...fragments].sort()) {
  out.push(`export type ${name} = ${shape(schema.getType(fragment.typeCondition.name.value), fragment.selectionSet)};\n`);
}
for (const operation of document.definitions.filter((d) => d.kind === "OperationDefinition")) {
  const name = operation.name.value;
  const root = operation.operation === "query" ? schema.getQueryType() : schema.getMutationType();
  const variables = (operation.variableDefinitions ?? []).map((v) => {
    const { text, needed } = taken(typeFromAST(schema, v.type));
    return `${v.variable.name.value}${needed && !v.defaultValue ? "" : "?"}: ${text}`;
  });
  const body = [operation, ...[...used(operation.selectionSet)].sort().map((one) => fragments.get(one))].map(print).join("\n");
  out.push(`export type ${name}Data = ${shape(root, operation.selectionSet)};`);
  out.push(`export type ${name}Variables = { ${variables.join("; ")} };`);
  out.push(`export const ${name}: Document<${name}Data, ${name}Variables> = { name: "${name}", text: ${JSON.stringify(stripIgnoredCharacters(body))} };\n`);
}
const told = new Set();
const before = [];
for (const input of inputs) {
  if (told.has(input.name)) continue;
  told.add(input.name);
  const lines = Object.values(input.getFields()).map((field) => {
    const { text, needed } = taken(field.type);
    return `${field.name}${needed && field.defaultValue === undefined ? "" : "?"}: ${text}`;
  });
  before.push(`export type ${input.name} = { ${lines.join("; ")} };`);
}
for (const one of enums) before.push(`export type ${one.name} = ${one.getValues().map((v) => JSON.stringify(v.name)).join(" | ")};`);

writeFileSync(new URL("src/api/queries.ts", here), [
  "// Written by tools/types.mjs from queries/*.graphql and schema.graphql; do not edit.",
  'import type { Document } from "./client";\n',
  ...before.sort(),
  "",
  ...out,
].join("\n"));
