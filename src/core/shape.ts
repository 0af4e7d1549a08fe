/** JSON Schema draft-07, as data. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

/** Something wrong in a piece of JSON. */
export interface ShapeProblem {
  /** Where: `cells[3].latencyMs.p99`; empty for the whole. */
  readonly path: string;
  readonly expected: string;
  readonly found: string;
}

/**
 * What a piece of JSON that programs write for programs looks like: how to check it and how to describe it to others, in
 * one descriptor. For what people write, with places and suggestions, there are the forms of `scenario/`.
 */
export interface Shape<T> {
  readonly schema: JsonSchema;
  /** Adds every reason why the value is none of these. */
  check(value: unknown, path: string, problems: ShapeProblem[]): void;
  /** The paths in a value, which is one of these, that no descriptor speaks of, numbers of list entries left out. */
  undescribed(value: unknown, path: string): string[];
  /** Only for the checker of types: what it describes. */
  readonly of?: T;
}

/** One key of a structure. */
export interface ShapeField<T> {
  readonly shape: Shape<T>;
  /** One line, for those whom the key's name does not tell enough. */
  readonly doc?: string;
  /** It was added: what was written before has none. */
  readonly isAdded?: true;
}

/** A descriptor for every key of the type, and none beside: the checker of types sees to it. */
export type ShapeFields<T> = {
  readonly [K in keyof T]: Shape<T[K]> | ShapeField<T[K]>;
};

/** More of a broken file than this helps nobody. */
const MOST_PROBLEMS = 20;

export function described<T>(doc: string, shape: Shape<T>): ShapeField<T> {
  return { shape, doc };
}

/** A key that earlier writers did not know: whoever reads it back fills it in. */
export function added<T>(doc: string, shape: Shape<T>): ShapeField<T> {
  return { shape, doc, isAdded: true };
}

/** Known keys, all of which must be there but those that were added; others are let pass, as later versions may add some. */
export function structure<T extends object>(fields: ShapeFields<T>): Shape<T> {
  const known = Object.entries<Shape<unknown> | ShapeField<unknown>>(fields).map(([key, field]) => ({
    key,
    ...('shape' in field ? field : { shape: field }),
  }));
  const needed = known.filter(({ isAdded }) => isAdded !== true).map(({ key }) => key);
  return {
    schema: {
      type: 'object',
      properties: Object.fromEntries(
        known.map(({ key, shape, doc }) => [
          key,
          doc === undefined ? shape.schema : { description: doc, ...shape.schema },
        ]),
      ),
      ...(needed.length > 0 ? { required: needed } : {}),
    },
    check(value, path, problems) {
      if (!isObject(value)) return report(problems, path, 'an object', value);
      for (const { key, shape } of known) {
        if (Object.hasOwn(value, key)) shape.check(value[key], join(path, key), problems);
        else if (needed.includes(key)) report(problems, join(path, key), 'a value', undefined);
      }
    },
    undescribed(value, path) {
      if (!isObject(value)) return [];
      return Object.entries(value).flatMap(([key, inner]) => {
        const field = known.find((one) => one.key === key);
        return field === undefined ? [join(path, key)] : field.shape.undescribed(inner, join(path, key));
      });
    },
  };
}

/** Keys of the writer's own. */
export function dictionary<T>(shape: Shape<T>): Shape<Readonly<Record<string, T>>> {
  return {
    schema: { type: 'object', additionalProperties: shape.schema },
    check(value, path, problems) {
      if (!isObject(value)) return report(problems, path, 'an object', value);
      for (const [key, inner] of Object.entries(value)) shape.check(inner, join(path, key), problems);
    },
    undescribed: (value, path) =>
      isObject(value) ? Object.values(value).flatMap((inner) => shape.undescribed(inner, `${path}.*`)) : [],
  };
}

export function listOf<T>(shape: Shape<T>): Shape<readonly T[]> {
  return {
    schema: { type: 'array', items: shape.schema },
    check(value, path, problems) {
      if (!Array.isArray(value)) return report(problems, path, 'a list', value);
      for (const [i, item] of value.entries()) {
        if (problems.length >= MOST_PROBLEMS) return;
        shape.check(item, `${path}[${i}]`, problems);
      }
    },
    undescribed: (value, path) =>
      Array.isArray(value) ? [...new Set(value.flatMap((item) => shape.undescribed(item, `${path}[]`)))] : [],
  };
}

/** The same, or null. */
export function orNull<T>(shape: Shape<T>): Shape<T | null> {
  const { type, enum: words } = shape.schema;
  const schema =
    typeof type === 'string'
      ? { ...shape.schema, type: [type, 'null'], ...(Array.isArray(words) ? { enum: [...words, null] } : {}) }
      : { anyOf: [shape.schema, { type: 'null' }] };
  return {
    schema,
    check(value, path, problems) {
      if (value !== null) shape.check(value, path, problems);
    },
    undescribed: (value, path) => (value === null ? [] : shape.undescribed(value, path)),
  };
}

/** Any number JSON can hold: never NaN, never Infinity. */
export const aNumber: Shape<number> = leaf({ type: 'number' }, 'a number', (value) => typeof value === 'number');

export const aNumberOrNull: Shape<number | null> = orNull(aNumber);

/** How many. */
export const aCount: Shape<number> = leaf(
  { type: 'integer', minimum: 0 },
  'a whole number from 0',
  (value) => Number.isInteger(value) && (value as number) >= 0,
);

export const aText: Shape<string> = leaf({ type: 'string' }, 'text', (value) => typeof value === 'string');

export const aTruth: Shape<boolean> = leaf({ type: 'boolean' }, 'true or false', (value) => typeof value === 'boolean');

/** A value as a scenario writes it. */
export const aWrittenValue: Shape<string | number | boolean> = leaf(
  { type: ['string', 'number', 'boolean'] },
  'text, a number, true or false',
  (value) => ['string', 'number', 'boolean'].includes(typeof value),
);

/** One of a few words. */
export function oneOf<const T extends string>(words: readonly T[]): Shape<T> {
  const schema = { type: 'string', enum: words };
  return leaf(schema, `one of ${words.join(', ')}`, (value) => words.some((word) => word === value));
}

/** This and nothing else. */
export function exactly<const T extends number>(only: T): Shape<T> {
  return leaf({ const: only }, String(only), (value) => value === only);
}

function leaf<T>(schema: JsonSchema, expected: string, fits: (value: unknown) => boolean): Shape<T> {
  return {
    schema,
    check(value, path, problems) {
      if (!fits(value)) report(problems, path, expected, value);
    },
    undescribed: () => [],
  };
}

function report(problems: ShapeProblem[], path: string, expected: string, found: unknown): void {
  if (problems.length < MOST_PROBLEMS) problems.push({ path, expected, found: inWords(found) });
}

function inWords(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (isObject(value)) return 'an object';
  return typeof value === 'string' ? `'${value.slice(0, 40)}'` : String(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}
