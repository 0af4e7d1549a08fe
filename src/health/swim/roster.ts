import type { Random } from '../../core/random.ts';
import type { MemberState, Rumour } from './message.ts';
import type { Suspicion } from './suspicion.ts';

/** What one member knows of another, or of itself. */
export interface MemberRecord {
  readonly name: string;
  state: MemberState;
  incarnation: number;
  /** When it came to that state. */
  sinceMs: number;
  /** What that rests on. */
  evidenceAtMs: number;
  /** Who said so first. */
  from: string;
  /** While it is suspect. */
  suspicion: Suspicion | null;
}

/** Everybody one member knows of, itself included, and whom it turns to next. */
export class Roster {
  readonly self: MemberRecord;
  private readonly random: Random;
  private readonly targets: 'round-robin' | 'random';
  private readonly byName = new Map<string, MemberRecord>();
  /** In the order of this round of probes. */
  private readonly order: MemberRecord[] = [];
  private next = 0;
  private gone = 0;

  constructor(
    self: string,
    others: readonly string[],
    targets: 'round-robin' | 'random',
    nowMs: number,
    random: Random,
  ) {
    this.random = random;
    this.targets = targets;
    this.self = this.add(self, nowMs);
    for (const name of others) if (name !== self) this.add(name, nowMs);
    this.shuffle(this.order);
  }

  /** Those that are not dead and have not left, itself included. */
  get living(): number {
    return this.order.length - this.gone;
  }

  find(name: string): MemberRecord | undefined {
    return this.byName.get(name);
  }

  all(): readonly MemberRecord[] {
    return this.order;
  }

  /** A new member, thought alive, at a random place of the round: at its end, all would come to it together. */
  add(name: string, nowMs: number): MemberRecord {
    const record: MemberRecord = {
      ...{ name, state: 'alive', incarnation: 0, sinceMs: nowMs, evidenceAtMs: nowMs, from: name },
      suspicion: null,
    };
    this.byName.set(name, record);
    const last = this.order.push(record) - 1;
    const place = this.random.int(last + 1);
    [this.order[place], this.order[last]] = [this.order[last], this.order[place]];
    return record;
  }

  turn(record: MemberRecord, { state, incarnation, from, evidenceAtMs }: Rumour, nowMs: number): void {
    this.gone += Number(isGone(state)) - Number(isGone(record.state));
    if (record.state !== state) record.sinceMs = nowMs;
    record.suspicion?.stop();
    record.suspicion = null;
    record.state = state;
    record.incarnation = incarnation;
    record.from = from;
    record.evidenceAtMs = evidenceAtMs;
  }

  /** Whom to probe now; null: nobody is left. */
  nextTarget(): MemberRecord | null {
    const fits = (each: MemberRecord): boolean => each !== this.self && !isGone(each.state);
    if (this.targets === 'random') return this.pick(1, fits)[0] ?? null;
    // Once more than there are members, since a round may end on the way.
    for (let tries = 0; tries <= 2 * this.order.length; tries++) {
      if (this.next >= this.order.length) {
        this.shuffle(this.order);
        this.next = 0;
      }
      const record = this.order[this.next++];
      if (fits(record)) return record;
    }
    return null;
  }

  /** Up to `count` different ones of those that fit, at random: memberlist util.go, kRandomNodes. */
  pick(count: number, fits: (record: MemberRecord) => boolean): MemberRecord[] {
    const { length } = this.order;
    if (length < 3 * count || length < 3) {
      const fitting = this.order.filter(fits);
      this.shuffle(fitting);
      return fitting.slice(0, count);
    }
    const picked: MemberRecord[] = [];
    for (let tries = 3 * length; tries > 0 && picked.length < count; tries--) {
      const record = this.order[this.random.int(length)];
      if (fits(record) && !picked.includes(record)) picked.push(record);
    }
    return picked;
  }

  private shuffle(records: MemberRecord[]): void {
    for (let last = records.length - 1; last > 0; last--) {
      const other = this.random.int(last + 1);
      [records[last], records[other]] = [records[other], records[last]];
    }
  }
}

export function isGone(state: MemberState): boolean {
  return state === 'dead' || state === 'left';
}
