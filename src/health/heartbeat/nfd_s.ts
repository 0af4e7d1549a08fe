import { defineDetector, type SilenceJudge } from './detector.ts';

const options = {
  slack: {
    type: 'duration',
    min: 0,
    doc: 'How long after it is sent a heartbeat may come: the shift of freshness points.',
  },
} as const;

/**
 * Chen, Toueg and Aguilera's NFD-S, for clocks in step: heartbeat i is sent at a time known, and keeps the host trusted
 * up to the freshness point of heartbeat i + 1, `slack` after that one is sent. So whether a host is trusted does not
 * depend on how late the last heartbeat came, and death is known `interval` + `slack` after it at the latest.
 *
 * Before any heartbeat a host is suspected, as in the paper.
 */
export const nfdS = defineDetector({
  name: 'nfd-s',
  doc: 'Trusted while a heartbeat fresh enough is in: detection takes interval + slack at most.',
  system: 'Chen, Toueg, Aguilera: NFD-S',
  source: 'On the Quality of Service of Failure Detectors, IEEE Trans. Computers 51(5), 2002: NFD-S',
  options,
  trustsUnheard: false,
  judges:
    ({ slack }, intervalMs) =>
    () =>
      new Freshness(slack, intervalMs),
});

class Freshness implements SilenceJudge {
  trustedUntilMs = -Infinity;
  missedAtMs = -Infinity;
  private readonly slackMs: number;
  private readonly intervalMs: number;

  constructor(slackMs: number, intervalMs: number) {
    this.slackMs = slackMs;
    this.intervalMs = intervalMs;
  }

  heard(_nowMs: number, _sequence: number, sentAtMs: number): void {
    const nextAtMs = sentAtMs + this.intervalMs;
    // One that was overtaken says nothing new.
    if (nextAtMs <= this.missedAtMs) return;
    this.missedAtMs = nextAtMs;
    this.trustedUntilMs = nextAtMs + this.slackMs;
  }
}
