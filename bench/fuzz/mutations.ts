import type { Random } from '../../src/core/random.ts';
import { chance, oneOf, type Plain, spotsOf, textOf } from './plain.ts';
import { absurdScalar, plausibleScalar, twistedNumber } from './scalars.ts';

type Mutation<T> = (document: T, random: Random, others: readonly Plain[]) => T;

/** Of the tree: one part becomes another. */
const ofTree: readonly Mutation<Plain>[] = [
  atASpot((spot, random) => {
    if (typeof spot.value === 'string') spot.replace(twistedNumber(spot.value, random));
  }),
  // Mostly gentle: what is refused at once tests the reader only.
  atASpot((spot, random) => {
    if (typeof spot.value === 'string') spot.replace(twistedNumber(spot.value, random));
  }),
  atASpot((spot, random) => {
    if (typeof spot.value === 'string') spot.replace(plausibleScalar(random));
  }),
  atASpot((spot, random) => spot.replace(absurdScalar(random))),
  atASpot((spot) => spot.remove()),
  atASpot((spot) => spot.replace([spot.value, structuredClone(spot.value)])),
  atASpot((spot, random) => spot.replace({ [plausibleScalar(random)]: spot.value })),
  // A part of another document, which belongs somewhere, though hardly here.
  atASpot((spot, random, others) => {
    const foreign = spotsOf(oneOf(random, others));
    spot.replace(structuredClone(oneOf(random, foreign).value));
  }),
  // A whole block of another document, where it does belong.
  (document, random, others) => {
    const other = oneOf(random, others);
    if (typeof document === 'string' || typeof other === 'string') return document;
    const key = oneOf(random, Object.keys(other));
    return { ...document, [key]: structuredClone((other as Record<string, Plain>)[key]) };
  },
];

/** Of the text: what a slip of the hand does, or a bad disk. */
const ofText: readonly Mutation<string>[] = [
  (text, random) => text.slice(0, random.int(text.length + 1)),
  (text, random) => splice(text, random, random.int(8), ''),
  (text, random) => splice(text, random, 0, absurdScalar(random)),
  (text, random) => splice(text, random, 1, String.fromCharCode(random.int(0x100))),
  (text, random) =>
    splice(text, random, 0, oneOf(random, ['\t', '\n', ': ', '- ', '{', '}', '[', ']', '#', '\0', '\ud800'])),
  (text, random) => onLines(text, random, (lines, at) => [...lines.slice(0, at), ...lines.slice(at + 1)]),
  (text, random) => onLines(text, random, (lines, at) => [...lines.slice(0, at), lines[at], ...lines.slice(at)]),
  (text, random) => onLines(text, random, (lines, at) => lines.with(at, `  ${lines[at]}`)),
  (text, random) => splice(text, random, 0, oneOf(random, ['[', '{a: ', '- ']).repeat(random.int(5000))),
  (text, random) => `${text}${text.slice(random.int(text.length + 1))}`,
];

/** A mutation of a document or a few, as text. */
export function mutated(document: Plain, random: Random, others: readonly Plain[]): string {
  let tree = structuredClone(document);
  for (let more = true; more; more = chance(random, 0.4)) tree = oneOf(random, ofTree)(tree, random, others);
  const text = textOf(tree);
  return chance(random, 0.15) ? oneOf(random, ofText)(text, random, others) : text;
}

function atASpot(change: (spot: ReturnType<typeof spotsOf>[number], random: Random, others: readonly Plain[]) => void) {
  return (document: Plain, random: Random, others: readonly Plain[]): Plain => {
    const spots = spotsOf(document);
    if (spots.length > 0) change(oneOf(random, spots), random, others);
    return document;
  };
}

function splice(text: string, random: Random, remove: number, insert: string): string {
  const at = random.int(text.length + 1);
  return text.slice(0, at) + insert + text.slice(at + remove);
}

function onLines(text: string, random: Random, change: (lines: string[], at: number) => string[]): string {
  const lines = text.split('\n');
  return change(lines, random.int(lines.length)).join('\n');
}
