import type { WrittenOptions } from '../../../src/core/options.ts';
import { Outcome } from '../../../src/core/outcome.ts';
import { type Random, randomStream } from '../../../src/core/random.ts';
import type { RegisteredAccrual } from '../../../src/health/accrual/accrual.ts';
import type { PassiveHealth } from '../../../src/health/passive.ts';
import { ManualClock } from '../../helpers/manual_clock.ts';

/** What is known of a host: in, in for a probe, or out. */
export type Standing = 'in' | 'probing' | 'out';

/** Hosts watched by one accrual, on a clock moved by hand. Everything it says is kept. */
export class Watched {
  readonly clock: ManualClock;
  readonly health: PassiveHealth;
  /** Every change told, as `<ms> <host> <standing>`. */
  readonly log: string[] = [];
  private readonly standings = new Map<number, Standing>();

  constructor(
    accrual: RegisteredAccrual,
    options: WrittenOptions = {},
    {
      hosts = 2,
      random = randomStream('accrual'),
      startMs = 0,
    }: { hosts?: number; random?: Random; startMs?: number } = {},
  ) {
    this.clock = new ManualClock(startMs);
    this.health = accrual.create({
      clock: this.clock,
      random,
      options,
      listener: (host, out, evidenceAtMs, probing) => {
        if (evidenceAtMs !== this.clock.now()) throw new Error(`evidence of ${evidenceAtMs} at ${this.clock.now()}`);
        if (out && probing) throw new Error('nobody probes a host that is out');
        const standing = out ? 'out' : probing ? 'probing' : 'in';
        if (standing === this.standing(host)) throw new Error(`told again that ${host} is ${standing}`);
        this.standings.set(host, standing);
        this.log.push(`${evidenceAtMs} ${host} ${standing}`);
      },
    });
    for (let host = 0; host < hosts; host++) this.add(host);
  }

  add(host: number): void {
    this.standings.set(host, 'in');
    this.health.add(host);
  }

  remove(host: number): void {
    this.health.remove(host);
    this.standings.delete(host);
  }

  standing(host = 0): Standing {
    return this.standings.get(host) ?? 'in';
  }

  /** One attempt that ends at once. */
  send(outcome: Outcome, host = 0): void {
    this.health.started(host);
    this.health.ended(host, outcome);
  }

  /** Attempts, each ending at once: `+` ok, `-` error, `r` refused, `x` reset, `t` timed out, `q` rejected, `?` noHost; `.` is a second. */
  play(script: string, host = 0): Standing {
    for (const letter of script) {
      if (letter === '.') this.clock.advance(1000);
      else this.send(outcomes[letter], host);
    }
    return this.standing(host);
  }
}

const outcomes: Record<string, Outcome> = {
  '+': Outcome.ok,
  '-': Outcome.error,
  r: Outcome.refused,
  x: Outcome.reset,
  t: Outcome.timedOut,
  q: Outcome.rejected,
  '?': Outcome.noHost,
};
