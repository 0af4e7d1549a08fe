import type { JsonSchema } from './form.ts';

/**
 * A schema whose required keys are only required where none of the keys `unless` is written at the top: a matrix may set
 * whatever the rest of the file leaves out, and says so by paths, which a schema cannot follow.
 */
export function requiredUnless(schema: JsonSchema, unless: readonly string[]): JsonSchema {
  const needs = needsOf(schema);
  if (needs === null || unless.length === 0) return schema;
  return {
    ...withoutNeeds(schema),
    if: { anyOf: unless.map((key) => ({ required: [key] })) },
    // biome-ignore lint/suspicious/noThenProperty: the keyword is called so.
    then: {},
    else: needs,
  };
}

/** The required keys of a schema and of the blocks in it, and nothing else; null where there are none. */
function needsOf(schema: JsonSchema): JsonSchema | null {
  const { required, properties, items, anyOf } = schema as Parts;
  const inProperties = Object.entries(properties ?? {}).flatMap(([key, part]) => {
    const needs = needsOf(part);
    return needs === null ? [] : [[key, needs] as const];
  });
  const inItems = items === undefined || Array.isArray(items) ? null : needsOf(items as JsonSchema);
  const inCases = anyOf === undefined || anyOf.some(isReference) ? [] : anyOf.map(needsOf);
  const needs = {
    ...(required === undefined ? {} : { required }),
    ...(inProperties.length === 0 ? {} : { properties: Object.fromEntries(inProperties) }),
    ...(inItems === null ? {} : { items: inItems }),
    ...(inCases.every((one) => one === null) ? {} : { anyOf: inCases.map((one, i) => guarded(anyOf?.[i] ?? {}, one)) }),
  };
  return Object.keys(needs).length === 0 ? null : needs;
}

/** The needs of a case, for values of that case only. */
function guarded(schema: JsonSchema, needs: JsonSchema | null): JsonSchema {
  const { type, properties = {} } = schema as Parts;
  const word = Object.entries(properties).filter(([, part]) => isWord(part));
  const inNeeds = (needs as Parts | null)?.properties ?? {};
  return {
    ...(type === undefined ? {} : { type }),
    ...needs,
    ...(word.length === 0 ? {} : { properties: { ...Object.fromEntries(word), ...inNeeds } }),
  };
}

function withoutNeeds(schema: JsonSchema): JsonSchema {
  const { required, properties, items, anyOf, ...rest } = schema as Parts;
  // The word by which cases are told apart stays.
  const words = (required ?? []).filter((key) => isWord(properties?.[key] ?? {}));
  return {
    ...rest,
    ...(words.length === 0 ? {} : { required: words }),
    ...(properties === undefined ? {} : { properties: mapValues(properties, withoutNeeds) }),
    ...(items === undefined ? {} : { items: Array.isArray(items) ? items : withoutNeeds(items as JsonSchema) }),
    ...(anyOf === undefined ? {} : { anyOf: anyOf.some(isReference) ? anyOf : anyOf.map(withoutNeeds) }),
  };
}

interface Parts extends JsonSchema {
  readonly type?: unknown;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema | readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
}

function isWord({ enum: words }: JsonSchema): boolean {
  return Array.isArray(words) && words.length === 1;
}

function isReference({ $ref }: JsonSchema): boolean {
  return $ref !== undefined;
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
