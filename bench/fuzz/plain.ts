import { parse, stringify } from 'yaml';
import type { Random } from '../../src/core/random.ts';

/** A document as plain data: what YAML's text, lists and blocks become. Numbers are written as text. */
export type Plain = string | Plain[] | { [key: string]: Plain };

/** A part of a document and how to put something else in its place, or to take it away. */
export interface Spot {
  readonly value: Plain;
  replace(value: Plain): void;
  remove(): void;
}

/** Every part but the whole. */
export function spotsOf(document: Plain): Spot[] {
  const spots: Spot[] = [];
  const visit = (value: Plain): void => {
    if (typeof value === 'string') return;
    for (const key of Object.keys(value)) {
      const holder = value as Record<string, Plain>;
      spots.push({
        value: holder[key],
        replace: (other) => {
          holder[key] = other;
        },
        remove: () => {
          if (Array.isArray(value)) value.splice(Number(key), 1);
          else delete holder[key];
        },
      });
      visit(holder[key]);
    }
  };
  visit(document);
  return spots;
}

export function oneOf<T>(random: Random, items: readonly T[]): T {
  return items[random.int(items.length)];
}

export function chance(random: Random, share: number): boolean {
  return random.unit() < share;
}

/** A scenario file as plain data, every scalar as the text it is. */
export function plainOf(text: string): Plain {
  return parse(text, { schema: 'failsafe' }) as Plain;
}

/** As YAML, numbers without quotes. */
export function textOf(document: Plain): string {
  return stringify(document, { schema: 'failsafe' });
}
