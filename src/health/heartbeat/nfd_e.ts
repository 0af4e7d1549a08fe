import { defineDetector, type SilenceJudge } from './detector.ts';

const options = {
  slack: { type: 'duration', min: 0, doc: 'How long after it is expected a heartbeat may come.' },
  window: {
    type: 'integer',
    min: 1,
    max: 100_000,
    default: 32,
    doc: 'Heartbeats from whose arrivals the next is estimated.',
  },
} as const;

/**
 * Chen, Toueg and Aguilera's NFD-E, for clocks that are not in step: as NFD-S, but the freshness point of heartbeat i is
 * `slack` after its expected arrival, which is the mean of the last arrivals, each moved on by as many intervals as it is
 * behind i. The window of 32 is that of their simulations.
 *
 * Before any heartbeat a host is suspected.
 */
export const nfdE = defineDetector({
  name: 'nfd-e',
  doc: 'As nfd-s without clocks in step: arrivals are expected where the last ones were, an interval on.',
  system: 'Chen, Toueg, Aguilera: NFD-E',
  source: 'On the Quality of Service of Failure Detectors, IEEE Trans. Computers 51(5), 2002: NFD-E',
  options,
  trustsUnheard: false,
  judges:
    ({ slack, window }, intervalMs) =>
    () =>
      new Expectation(slack, window, intervalMs),
});

class Expectation implements SilenceJudge {
  trustedUntilMs = -Infinity;
  missedAtMs = -Infinity;
  private readonly slackMs: number;
  private readonly window: number;
  private readonly intervalMs: number;
  /** When heartbeat 0 would have arrived, by each of the last; a ring once it is full. */
  private readonly origins: number[] = [];
  private oldest = 0;
  private newest = -Infinity;

  constructor(slackMs: number, window: number, intervalMs: number) {
    this.slackMs = slackMs;
    this.window = window;
    this.intervalMs = intervalMs;
  }

  heard(nowMs: number, sequence: number, sentAtMs: number): void {
    this.remember(nowMs - sequence * this.intervalMs);
    if (sequence <= this.newest) return;
    this.newest = sequence;
    this.missedAtMs = sentAtMs + this.intervalMs;
    this.trustedUntilMs = this.originMs() + (sequence + 1) * this.intervalMs + this.slackMs;
  }

  private remember(originMs: number): void {
    if (this.origins.length < this.window) {
      this.origins.push(originMs);
      return;
    }
    this.origins[this.oldest] = originMs;
    this.oldest = (this.oldest + 1) % this.window;
  }

  private originMs(): number {
    // Summed anew from the first: differences are small, and errors do not pile up.
    const [first] = this.origins;
    let sum = 0;
    for (const origin of this.origins) sum += origin - first;
    return first + sum / this.origins.length;
  }
}
