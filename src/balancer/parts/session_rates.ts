import type { Clock } from '../../core/clock.ts';
import type { Host } from '../host.ts';
import { PerHost } from './per_host.ts';

const PERIOD_MS = 1000;
/** What is kept per host: sessions of the current period and of the one before it, and when the current one began. */
const CURRENT = 0;
const PAST = 1;
const BEGAN = 2;

/**
 * Sessions per second of each host, as HAProxy's frequency counters have them (src/freq_ctr.c): those of the current
 * period of a second, and of the one before it as large a part as lies within the last second; truncated. Time is in
 * whole milliseconds.
 */
export class SessionRates {
  private readonly clock: Pick<Clock, 'now'>;
  private readonly counters = new PerHost(3);

  constructor(clock: Pick<Clock, 'now'>) {
    this.clock = clock;
  }

  /** One more session (update_freq_ctr_period_slow). */
  count(host: Host): void {
    const now = Math.floor(this.clock.now());
    const at = this.counters.at(host);
    const { values } = this.counters;
    const elapsed = now - values[at + BEGAN];
    const isFirst = values[at + CURRENT] === 0;
    if (!isFirst && elapsed < PERIOD_MS) {
      values[at + CURRENT]++;
      return;
    }
    const follows = !isFirst && elapsed < 2 * PERIOD_MS;
    values[at + PAST] = follows ? values[at + CURRENT] : 0;
    values[at + CURRENT] = 1;
    // The lowest bit of the time is HAProxy's lock, so periods begin at even milliseconds.
    values[at + BEGAN] = follows ? values[at + BEGAN] + PERIOD_MS : now - (now % 2);
  }

  /** Sessions over the last second, a whole number (_freq_ctr_total_from_values). */
  read(host: Host): number {
    const at = this.counters.at(host);
    const { values } = this.counters;
    let current = values[at + CURRENT];
    if (current === 0) return 0;
    let past = values[at + PAST];
    let left = values[at + BEGAN] + PERIOD_MS - Math.floor(this.clock.now());
    if (left < 0) {
      left += PERIOD_MS;
      past = left >= 0 ? current : 0;
      current = 0;
      // One session alone fades at once and not by parts.
      if (past <= 1) return past;
    }
    return Math.floor((past * left + current * PERIOD_MS) / PERIOD_MS);
  }
}
