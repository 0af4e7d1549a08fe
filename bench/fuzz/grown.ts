import type { Random } from '../../src/core/random.ts';
import type { Form } from '../../src/scenario/form.ts';
import { chance, oneOf, type Plain, plainOf } from './plain.ts';
import { absurdScalar, plausibleScalar } from './scalars.ts';

const MAX_DEPTH = 9;
const names = ['a', 'b', 'stage', 'x-1', 'Zone', '0', '__proto__', 'très'];

/** A document grown from the format itself: mostly what each field asks for, some fields left out, some of it nonsense. */
export function grown(form: Form<unknown>, random: Random, depth = 0): Plain {
  if (chance(random, 0.01)) return absurdScalar(random);
  const parts = depth < MAX_DEPTH ? form.parts?.() : undefined;
  // A word stands for a block in some places: `policy: ring`.
  if (parts === undefined || (form.schema.anyOf !== undefined && chance(random, 0.4))) return leaf(form, random);
  if (parts.kind === 'items') {
    return Array.from({ length: oneOf(random, [1, 1, 2, 3]) }, () => grown(parts.form, random, depth + 1));
  }
  if (parts.kind === 'record') {
    const keys = Array.from({ length: random.int(3) }, () => oneOf(random, names));
    return Object.fromEntries(keys.map((key) => [key, grown(parts.form, random, depth + 1)]));
  }
  const fields = Object.entries(parts.fields);
  // A block of one key, which says what follows.
  if (fields.length > 0 && fields.every(([, { fallback }]) => fallback?.text === null) && chance(random, 0.9)) {
    const [key, field] = oneOf(random, fields);
    return { [key]: grown(field.form, random, depth + 1) };
  }
  const written = fields.filter(([, { fallback }]) =>
    fallback === undefined ? chance(random, 0.99) : chance(random, depth === 0 ? 0.3 : 0.25),
  );
  return Object.fromEntries(written.map(([key, field]) => [key, grown(field.form, random, depth + 1)]));
}

function leaf({ schema, example }: Form<unknown>, random: Random): Plain {
  const kind = random.unit();
  if (kind > 0.97) return absurdScalar(random);
  const choices = schema.enum;
  if (Array.isArray(choices) && choices.length > 0) return String(oneOf(random, choices as unknown[]));
  if (schema.type === 'integer' && kind < 0.5) return String(random.int(12));
  // Of what is a block of its own kind, such as `precision`, the example is a block, too.
  return kind < 0.75 ? plainOf(example) : plausibleScalar(random);
}
