import type { Rumour } from '../../../src/health/swim/message.ts';

interface Known {
  state: 'alive' | 'suspect' | 'dead';
  incarnation: number;
  /** Of a suspect: since when, and who says so; the first does not confirm. */
  sinceMs: number;
  by: string[];
}

/**
 * What a member that nobody else wakes should think of others, by the rumours it has heard: memberlist's rules, with a
 * group of `size` in which nobody but those in rumours ever changes.
 */
export class NaiveMember {
  readonly known = new Map<string, Known>();
  /** Its own incarnation. */
  incarnation = 0;
  private readonly self: string;

  constructor(self: string, others: readonly string[]) {
    this.self = self;
    for (const name of others) this.known.set(name, { state: 'alive', incarnation: 0, sinceMs: 0, by: [] });
  }

  hear({ about, state, incarnation, from }: Rumour, nowMs: number): void {
    this.pass(nowMs);
    if (about === this.self) {
      const isNews = state === 'alive' ? incarnation > this.incarnation : incarnation >= this.incarnation;
      if (isNews) this.incarnation = incarnation + 1;
      return;
    }
    const known = this.known.get(about) as Known;
    if (state === 'alive') {
      if (incarnation > known.incarnation) Object.assign(known, { state, incarnation, by: [] });
    } else if (incarnation < known.incarnation) {
      return;
    } else if (state === 'dead' || state === 'left') {
      if (known.state !== 'dead') Object.assign(known, { state: 'dead', incarnation, by: [] });
    } else if (known.state === 'alive') {
      Object.assign(known, { state, incarnation, sinceMs: nowMs, by: [from] });
      this.living(known);
    } else if (known.state === 'suspect' && known.by.length <= this.wantedOf(known) && !known.by.includes(from)) {
      known.by.push(from);
    }
  }

  /** Of the size of the group when each suspicion began, which fixes its times. */
  private readonly sizes = new Map<Known, number>();

  private living(known: Known): void {
    this.sizes.set(known, 1 + [...this.known.values()].filter(({ state }) => state !== 'dead').length);
  }

  private wantedOf(known: Known): number {
    return (this.sizes.get(known) as number) - 2 < 2 ? 0 : 2;
  }

  /** Suspects whose time is up are dead: 4 s, or up to six times that while fewer than two others say so too. */
  pass(nowMs: number): void {
    for (const known of this.known.values()) {
      if (known.state !== 'suspect') continue;
      const confirmations = known.by.length - 1;
      const lasts =
        this.wantedOf(known) === 0
          ? 4000
          : Math.floor(24_000 - (Math.log(confirmations + 1) / Math.log(3)) * 20_000 + 1e-9);
      if (nowMs >= known.sinceMs + lasts) Object.assign(known, { state: 'dead', by: [] });
    }
  }
}
