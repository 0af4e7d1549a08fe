import type { Clock } from '../../core/clock.ts';
import { Outcome } from '../../core/outcome.ts';
import type { Random } from '../../core/random.ts';
import { isPass, type ProbeVerdict } from '../probe.ts';
import type { CheckRules } from './check_rules.ts';
import type { HaproxyCheckSettings } from './settings.ts';

/** `phaseOf`: where in its first interval a check starts, as a share of it. Default: drawn. */
export function haproxyRules(
  settings: HaproxyCheckSettings,
  phaseOf: (random: Random) => number = drawn,
): () => CheckRules {
  return () => new HaproxyRules(settings, phaseOf);
}

/**
 * The phases of one process's checks. HAProxy starts those of the n servers of its configuration an interval / n apart, in
 * that order (start_checks, start_check_task), so that they are as far from each other as they can be. Here those that
 * start at the same moment as the first do so, `together()` of them, from a phase of the process: processes start
 * whenever they do. Those that come later draw their own.
 */
export function staggered(random: Random, clock: Clock, together: () => number): (random: Random) => number {
  let sinceMs = Number.NaN;
  let count = 0;
  let started = 0;
  let base = 0;
  return (own) => {
    if (count === 0) {
      count = Math.max(1, together());
      sinceMs = clock.now();
      base = random.unit();
    }
    if (count === 1 || started === count || clock.now() > sinceMs) return drawn(own);
    return (base + started++ / count) % 1;
  };
}

function drawn(random: Random): number {
  return random.unit();
}

/**
 * One counter, `health`, from 0 to rise + fall - 1: a server is up from `rise` on. A pass counts up and, once there, jumps to
 * the top; a failure counts down and, once below `rise`, drops to 0 (set_server_check_status). So both are in a row.
 */
class HaproxyRules implements CheckRules {
  healthy: boolean;
  readonly degraded = false;
  readonly excluded = false;
  readonly drawsAgain: boolean;
  private readonly settings: HaproxyCheckSettings;
  private readonly phaseOf: (random: Random) => number;
  private health: number;
  /** Errors of requests in a row (consecutive_errors). */
  private errors = 0;
  /** The next interval is `fastinterMs` whatever the state (CHK_ST_FASTINTER). */
  private forcesFast = false;

  constructor(settings: HaproxyCheckSettings, phaseOf: (random: Random) => number) {
    this.settings = settings;
    this.phaseOf = phaseOf;
    this.drawsAgain = settings.spreadChecksPercent > 0;
    this.health = firstHealth(settings);
    this.healthy = this.health >= settings.rise;
  }

  /** See `staggered`. */
  firstDelayMs(random: Random): number {
    return this.phaseOf(random) * this.intervalMs();
  }

  record(verdict: ProbeVerdict): boolean {
    const before = this.healthy;
    if (isPass(verdict)) this.pass();
    else this.fail();
    return this.healthy !== before;
  }

  nextDelayMs(random: Random): number {
    const share = this.settings.spreadChecksPercent / 100;
    const baseMs = this.intervalMs();
    this.forcesFast = false;
    return share > 0 ? baseMs * (1 + share * (1 - 2 * random.unit())) : baseMs;
  }

  /** As process_chk_conn does with a check that is woken early: the flag stays where that is no sooner. */
  hurriedDelayMs(random: Random, leftMs: number): number | null {
    if (this.settings.fastinterMs === null || this.intervalMs() >= leftMs) return null;
    return this.nextDelayMs(random);
  }

  /** As __health_adjust, by its table analyze_statuses. */
  observe(outcome: Outcome, connected: boolean): boolean {
    const { observe, errorLimit } = this.settings;
    if (observe === null) return false;
    const isError = observe === 'layer4' ? !connected : outcome !== Outcome.ok;
    if (!isError) {
      this.errors = 0;
      return false;
    }
    if (++this.errors < errorLimit) return false;
    this.errors = 0;
    this.actOnErrors();
    return true;
  }

  private actOnErrors(): void {
    const { onError, rise } = this.settings;
    this.forcesFast = true;
    if (onError === 'fastinter') return;
    if (onError === 'mark-down') this.health = rise;
    else if (onError === 'sudden-death') this.health = Math.min(this.health, rise + 1);
    this.fail();
  }

  private pass(): void {
    const { rise, fall } = this.settings;
    this.errors = 0;
    const top = rise + fall - 1;
    if (this.health < top && ++this.health >= rise) this.health = top;
    this.healthy = this.health >= rise;
  }

  private fail(): void {
    const { rise } = this.settings;
    if (this.health > 0 && --this.health < rise) this.health = 0;
    this.healthy = this.health >= rise;
  }

  /** As srv_getinter. */
  private intervalMs(): number {
    const { interMs, fastinterMs, downinterMs, rise, fall } = this.settings;
    if (!this.forcesFast && this.health === rise + fall - 1) return interMs;
    if (this.health === 0) return downinterMs ?? interMs;
    return fastinterMs ?? interMs;
  }
}

function firstHealth({ initState, rise, fall }: HaproxyCheckSettings): number {
  if (initState === 'fully-up') return rise + fall - 1;
  if (initState === 'up') return rise;
  return initState === 'down' ? rise - 1 : 0;
}
