import type { Random } from '../../core/random.ts';
import { isPass, type ProbeVerdict } from '../probe.ts';
import type { CheckRules } from './check_rules.ts';
import { CONSUL_MIN_INTERVAL_MS, type ConsulCheckSettings, type ConsulStatus } from './settings.ts';

export function consulRules(settings: ConsulCheckSettings): () => CheckRules {
  return () => new ConsulRules(settings);
}

/**
 * Two counters, preloaded with their thresholds, so that the first result applies at once (NewStatusHandler, updateCheck).
 * Any success sets failures to 0, any failure successes, and a result below its threshold changes nothing else.
 */
class ConsulRules implements CheckRules {
  healthy: boolean;
  /** Its status is warning. */
  degraded: boolean;
  readonly excluded = false;
  readonly drawsAgain = false;
  private readonly settings: ConsulCheckSettings;
  private successes: number;
  private failures: number;

  constructor(settings: ConsulCheckSettings) {
    this.settings = settings;
    this.successes = settings.successBeforePassing;
    this.failures = settings.failuresBeforeCritical;
    this.healthy = settings.status === 'passing';
    this.degraded = settings.status === 'warning';
  }

  /** A random stagger (RandomStagger in CheckHTTP.run). */
  firstDelayMs(random: Random): number {
    return random.unit() * this.nextDelayMs();
  }

  record(verdict: ProbeVerdict): boolean {
    const { healthy, degraded } = this;
    if (isPass(verdict)) this.succeed('passing');
    else if (verdict === 'warning') this.succeed('warning');
    else this.fail();
    return this.healthy !== healthy || this.degraded !== degraded;
  }

  nextDelayMs(): number {
    return Math.max(CONSUL_MIN_INTERVAL_MS, this.settings.intervalMs);
  }

  private succeed(status: ConsulStatus): void {
    this.failures = 0;
    if (++this.successes >= this.settings.successBeforePassing) this.become(status);
  }

  private fail(): void {
    const { failuresBeforeCritical, failuresBeforeWarning } = this.settings;
    this.successes = 0;
    this.failures++;
    if (this.failures >= failuresBeforeCritical) this.become('critical');
    else if (this.failures >= (failuresBeforeWarning ?? failuresBeforeCritical)) this.become('warning');
  }

  private become(status: ConsulStatus): void {
    this.healthy = status === 'passing';
    this.degraded = status === 'warning';
  }
}
