/**
 * The part of JSON Schema draft-07 that our schemas use (json-schema-org.github.io, draft-07 validation, section 6): a
 * judge of values, and of schemas themselves. A keyword that is not here is an error, so that none goes unjudged.
 */
type Schema = Readonly<Record<string, unknown>>;

/** The type of each keyword's own value, by the meta-schema of draft-07. */
const keywords: Readonly<Record<string, (value: unknown) => boolean>> = {
  $schema: isText,
  $ref: isText,
  title: isText,
  description: isText,
  default: () => true,
  const: () => true,
  type: (value) => [value].flat().every((name) => typeof name === 'string' && Object.hasOwn(types, name)),
  enum: (value) => Array.isArray(value) && value.length > 0 && new Set(value).size === value.length,
  pattern: (value) => isText(value) && new RegExp(value as string, 'u') instanceof RegExp,
  maxLength: isCount,
  minItems: isCount,
  maxItems: isCount,
  minProperties: isCount,
  maxProperties: isCount,
  minimum: isNumber,
  maximum: isNumber,
  exclusiveMinimum: isNumber,
  required: (value) => Array.isArray(value) && value.every(isText) && new Set(value).size === value.length,
  properties: isObject,
  definitions: isObject,
  if: isSchema,
  // biome-ignore lint/suspicious/noThenProperty: the keyword is called so.
  then: isSchema,
  else: isSchema,
  items: (value) => isSchema(value) || Array.isArray(value),
  additionalProperties: isSchema,
  propertyNames: isSchema,
  anyOf: (value) => Array.isArray(value) && value.length > 0,
};

const types: Readonly<Record<string, (value: unknown) => boolean>> = {
  object: isObject,
  array: Array.isArray,
  string: isText,
  number: isNumber,
  integer: (value) => Number.isInteger(value),
  boolean: (value) => typeof value === 'boolean',
  null: (value) => value === null,
};

/** Where a schema is none of draft-07, or uses what is not judged here. */
export function schemaFaults(schema: unknown, path = '#'): string[] {
  if (typeof schema === 'boolean') return [];
  if (!isObject(schema)) return [`${path}: neither an object nor true or false`];
  const own = Object.entries(schema).flatMap(([keyword, value]) => {
    if (!Object.hasOwn(keywords, keyword)) return [`${path}: unknown keyword ${keyword}`];
    return keywords[keyword](value) ? [] : [`${path}/${keyword}: ${JSON.stringify(value)}`];
  });
  return [...own, ...partsOf(schema).flatMap(([name, part]) => schemaFaults(part, `${path}/${name}`))];
}

/** Every schema inside one, itself included. */
export function everySchema(schema: unknown): Schema[] {
  return isObject(schema) ? [schema, ...partsOf(schema).flatMap(([, part]) => everySchema(part))] : [];
}

function partsOf(schema: Schema): [string, unknown][] {
  const { properties = {}, definitions = {}, anyOf = [], items, additionalProperties, propertyNames } = schema;
  const { if: condition, then: consequence, else: otherwise } = schema;
  const places = Array.isArray(items)
    ? items.map((part, i) => [`items/${i}`, part] as const)
    : [['items', items] as const];
  const rest = [
    ...places,
    ...Object.entries({ additionalProperties, propertyNames, condition, consequence, otherwise }),
  ];
  return [
    ...Object.entries(properties as object).map(([key, part]): [string, unknown] => [`properties/${key}`, part]),
    ...Object.entries(definitions as object).map(([key, part]): [string, unknown] => [`definitions/${key}`, part]),
    ...(anyOf as unknown[]).map((part, i): [string, unknown] => [`anyOf/${i}`, part]),
    ...rest.filter(([, part]) => part !== undefined).map(([name, part]): [string, unknown] => [name, part]),
  ];
}

/** Where and why a value is none that the schema allows. Empty: it is one. */
export function violations(root: Schema, value: unknown, schema: unknown = root, path = ''): string[] {
  if (schema === true) return [];
  if (!isObject(schema)) return [`${path}: nothing may be here`];
  if (isText(schema.$ref)) {
    const definitions = root.definitions as Record<string, unknown>;
    return violations(root, value, definitions[String(schema.$ref).replace('#/definitions/', '')], path);
  }
  const found = [...ownViolations(schema, value)].map((what) => `${path}: ${what}`);
  if (Array.isArray(schema.anyOf)) {
    const each = schema.anyOf.map((one) => violations(root, value, one, path));
    if (each.every((list) => list.length > 0)) found.push(`${path}: none of ${each.length} alternatives`);
  }
  if (Array.isArray(value) && schema.items !== undefined) {
    const partOf = (i: number) => (Array.isArray(schema.items) ? (schema.items[i] ?? true) : schema.items);
    found.push(...value.flatMap((item, i) => violations(root, item, partOf(i), `${path}[${i}]`)));
  }
  if (schema.if !== undefined) {
    const holds = violations(root, value, schema.if).length === 0;
    found.push(...violations(root, value, (holds ? schema.then : schema.else) ?? true, path));
  }
  if (!isObject(value)) return found;
  const { properties = {}, additionalProperties = true, propertyNames = true } = schema;
  for (const [key, inner] of Object.entries(value)) {
    const known = Object.hasOwn(properties as object, key);
    const part = known ? (properties as Schema)[key] : additionalProperties;
    found.push(...violations(root, key, propertyNames, `${path}.${key}`));
    found.push(...violations(root, inner, part, `${path}.${key}`));
  }
  return found;
}

function* ownViolations(schema: Schema, value: unknown): Generator<string> {
  const is = (keyword: string, fails: (limit: never) => boolean) =>
    schema[keyword] !== undefined && fails(schema[keyword] as never) ? [`${keyword} ${schema[keyword]}`] : [];
  yield* is('type', (names: string | string[]) => ![names].flat().some((name) => types[name](value)));
  yield* is('const', (only: unknown) => value !== only);
  yield* is('enum', (words: unknown[]) => !words.includes(value));
  if (isText(value)) {
    yield* is('pattern', (pattern: string) => !new RegExp(pattern, 'u').test(value as string));
    yield* is('maxLength', (max: number) => [...(value as string)].length > max);
  }
  if (typeof value === 'number') {
    yield* is('minimum', (min: number) => value < min);
    yield* is('maximum', (max: number) => value > max);
    yield* is('exclusiveMinimum', (above: number) => value <= above);
  }
  if (Array.isArray(value)) {
    yield* is('minItems', (min: number) => value.length < min);
    yield* is('maxItems', (max: number) => value.length > max);
  }
  if (!isObject(value)) return;
  const size = Object.keys(value).length;
  yield* is('minProperties', (min: number) => size < min);
  yield* is('maxProperties', (max: number) => size > max);
  yield* is('required', (names: string[]) => names.some((name) => !Object.hasOwn(value, name)));
}

function isObject(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSchema(value: unknown): boolean {
  return typeof value === 'boolean' || isObject(value);
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isCount(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0;
}
