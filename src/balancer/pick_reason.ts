import { type Key, NO_KEY } from '../core/key.ts';
import type { Host } from './host.ts';

/** A pick that was made, as a strategy is asked about it. */
export interface PickMade {
  readonly host: Host;
  readonly key: Key;
  readonly attempt: number;
  readonly draw: number;
  /** What the strategy drew from its stream for this pick, in order, as its stream gave it. */
  readonly drawn: readonly number[];
}

/** Why a strategy picked a host, for people. */
export interface PickReason {
  /** What was gone by, in words that follow the host's name: `drawn uniformly, place 3 of 12`. */
  readonly rule: string;
  /** Where hosts were compared, by what; null where none were. */
  readonly compared: Comparison | null;
}

/** Hosts in the order they were looked at, each with what it was compared by. Nobody had a better figure than the one picked. */
export interface Comparison {
  /** What the figures are. */
  readonly by: string;
  readonly best: 'lowest' | 'highest';
  readonly hosts: readonly { readonly id: string; readonly figure: number }[];
}

/** Gives the reason of a pick that was made. */
export type Explain = (pick: PickMade) => PickReason | null;

/** The reason of a strategy that compares the hosts it looks at. A host looked at twice is listed once. */
export function comparedBy(
  by: string,
  hosts: readonly Host[],
  figureOf: (host: Host) => number,
  rule: string,
  best: Comparison['best'] = 'lowest',
): PickReason {
  const looked = [...new Set(hosts)];
  return comparedAs(by, looked, looked.map(figureOf), rule, best);
}

/** The same, where the figure of each host stands at its place. */
export function comparedAs(
  by: string,
  hosts: readonly Host[],
  figures: ArrayLike<number>,
  rule: string,
  best: Comparison['best'] = 'lowest',
): PickReason {
  const listed = hosts.map((host, place) => ({ id: host.instance.id, figure: figures[place] }));
  return { rule, compared: { by, best, hosts: listed } };
}

/** The reason of a strategy that compares nothing. */
export function ruled(rule: string): PickReason {
  return { rule, compared: null };
}

/** A reason that begins with how it came to it. */
export function beginning(words: string, explain: Explain): Explain {
  return (pick) => {
    const reason = explain(pick);
    return reason === null ? ruled(words) : { ...reason, rule: `${words}: ${reason.rule}` };
  };
}

/** What leads a request somewhere: its hash as people compare them. */
export function hashWords(key: Key, hash: string): string {
  return `${key === NO_KEY ? 'no key, so a random hash' : 'the hash of its key'}, ${hash},`;
}

/** A hash of 32 bits, signed or not. */
export function hex32(hash: number): string {
  return (hash >>> 0).toString(16).padStart(8, '0');
}

/** A hash of 64 bits in halves, as people compare them. */
export function hex64(high: number, low: number): string {
  return hex32(high) + hex32(low);
}
