import type { Host } from '../balancer/host.ts';
import { grown } from '../core/arrays.ts';
import { invariant } from '../core/assert.ts';
import type { CallId } from './calls.ts';

/** No call. */
export const NO_CALL: CallId = -1;

/** Calls that wait for a host: a line for anyone, and one for each host, each in order of entry. O(1), and nothing is allocated. */
export class WaitingCalls {
  /** Calls in all lines together. */
  size = 0;
  private readonly anyone: Line = emptyLine();
  /** By slot. */
  private readonly lines: Line[] = [];
  // By call.
  private readonly waitFor: (Host | 'anyone' | null)[] = [];
  private previous = new Int32Array(64);
  private next = new Int32Array(64);
  /** Rises with every entry; 0: it does not wait. */
  private entry = new Float64Array(64);
  private entries = 0;

  /** Goes to the end of the line. */
  enter(call: CallId, waitsFor: Host | 'anyone'): void {
    while (call >= this.entry.length) this.grow();
    invariant(this.entry[call] === 0, `waiting calls: call ${call} waits already`);
    const line = waitsFor === 'anyone' ? this.anyone : this.lineOf(waitsFor);
    while (this.waitFor.length <= call) this.waitFor.push(null);
    this.waitFor[call] = waitsFor;
    this.entry[call] = ++this.entries;
    this.previous[call] = line.last;
    this.next[call] = NO_CALL;
    if (line.last === NO_CALL) line.first = call;
    else this.next[line.last] = call;
    line.last = call;
    line.size++;
    this.size++;
  }

  /** Leaves its line; whose that was. */
  leave(call: CallId): Host | 'anyone' {
    const waitsFor = this.entryOf(call) > 0 ? this.waitFor[call] : null;
    if (waitsFor === null) throw new Error(`waiting calls: expected call ${call} in a line, found it in none`);
    const line = waitsFor === 'anyone' ? this.anyone : this.lineOf(waitsFor);
    const [previous, next] = [this.previous[call], this.next[call]];
    if (previous === NO_CALL) line.first = next;
    else this.next[previous] = next;
    if (next === NO_CALL) line.last = previous;
    else this.previous[next] = previous;
    line.size--;
    this.size--;
    this.entry[call] = 0;
    this.waitFor[call] = null;
    return waitsFor;
  }

  /** Who has waited longest, or `NO_CALL`. */
  first(waitsFor: Host | 'anyone'): CallId {
    return (waitsFor === 'anyone' ? this.anyone : this.lineOf(waitsFor)).first;
  }

  /** How many wait there. */
  lengthOf(waitsFor: Host | 'anyone'): number {
    return (waitsFor === 'anyone' ? this.anyone : this.lineOf(waitsFor)).size;
  }

  /** Which entry into any line this one was, counted from 1: lower ones are older. 0: it does not wait. */
  entryOf(call: CallId): number {
    return call < this.entry.length ? this.entry[call] : 0;
  }

  /** Whom the call waits for; null: for nobody. */
  waitsFor(call: CallId): Host | 'anyone' | null {
    return this.entryOf(call) > 0 ? this.waitFor[call] : null;
  }

  /** A copy of a line, for who changes it on the way. */
  toArray(waitsFor: Host | 'anyone'): CallId[] {
    const all: CallId[] = [];
    for (let call = this.first(waitsFor); call !== NO_CALL; call = this.next[call]) all.push(call);
    return all;
  }

  private lineOf({ slot }: Host): Line {
    while (slot >= this.lines.length) this.lines.push(emptyLine());
    return this.lines[slot];
  }

  private grow(): void {
    this.previous = grown(this.previous);
    this.next = grown(this.next);
    this.entry = grown(this.entry);
  }
}

interface Line {
  first: CallId;
  last: CallId;
  size: number;
}

function emptyLine(): Line {
  return { first: NO_CALL, last: NO_CALL, size: 0 };
}
