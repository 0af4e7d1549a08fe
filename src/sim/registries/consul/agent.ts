import type { Clock } from '../../../core/clock.ts';
import type { Instance } from '../../../core/instance.ts';
import type { Random } from '../../../core/random.ts';
import { ConsulReaper } from '../../../health/checks/consul_reaper.ts';
import { ConsulTtlCheck } from '../../../health/checks/consul_ttl_check.ts';
import type { RegistrationChecks } from '../../../mesh/checked_registration.ts';
import { type AntiEntropy, createAntiEntropy } from './anti_entropy.ts';
import type { ConsulEntry } from './catalog.ts';
import type { ConsulSettings } from './settings.ts';

export interface ConsulAgentOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: ConsulSettings;
  readonly instance: Instance;
  /** What the agent checks beside the TTL, or null. */
  readonly checks: RegistrationChecks | null;
  /** How many agents there are: anti-entropy slows down with them. */
  readonly nodes: number;
  /** Whether the agent reaches a leader now. */
  readonly canReach: () => boolean;
  /** What the catalog is told: the whole truth about this instance; null: that there is none. */
  readonly sync: (entry: ConsulEntry | null) => void;
}

/** The agent of one node, with the one service that runs there. The agent's word is what counts; the catalog has a copy. */
export interface ConsulAgent {
  /** The process registers; where it has, nothing changes. */
  register(): void;
  deregister(): void;
  /** The process says that it is well. False: no such check is known, so it should register again. */
  pass(): boolean;
  /** The machine is gone, and the agent with it; or both are back: it registers again what it had written down. */
  machine(present: boolean): void;
  /** Servers can be reached again. */
  reachable(): void;
}

/**
 * Checks are critical until the first result. They are combined: all must pass. A change of status goes to the catalog at
 * once; what gets lost, with the next full sync (see consul_anti_entropy.ts).
 */
export function createConsulAgent(options: ConsulAgentOptions): ConsulAgent {
  const { clock, random, settings, instance, checks } = options;
  const { ttlCheck, deregisterCriticalServiceAfterMs } = settings;
  const nodeCheck = { passing: false, stop: (): void => {} };
  let ttl: ConsulTtlCheck | null = null;
  /** The process's last word to the TTL check: what its silence is counted from. */
  let passedAtMs = 0;
  let isRegistered = false;
  let evidenceAtMs = clock.now();
  const madeAtMs = clock.now();
  const draws = { entropy: random.fork('anti-entropy'), reaper: random.fork('reaper') };
  let running: { readonly entropy: AntiEntropy; readonly reaper: ConsulReaper | null } | null = start(false);

  /** The agent's own process. `atOnce`: it has just started, and not been there for nobody knows how long. */
  function start(atOnce: boolean): NonNullable<typeof running> {
    const push = (): void => options.sync(entry());
    const entropy = createAntiEntropy({ ...options, random: draws.entropy, atOnce, push });
    const afterMs = deregisterCriticalServiceAfterMs;
    if (afterMs === null) return { entropy, reaper: null };
    return { entropy, reaper: new ConsulReaper({ clock, random: draws.reaper, afterMs, deregister }) };
  }
  const isPassing = (): boolean => nodeCheck.passing && (ttl === null || ttl.status === 'passing');
  function entry(): ConsulEntry | null {
    return isRegistered ? { instance, passing: isPassing(), evidenceAtMs } : null;
  }
  /** One of its checks has turned, or all began. */
  function turned(atMs: number): void {
    running?.reaper?.result(instance.id, !isPassing());
    evidenceAtMs = atMs;
    running?.entropy.changed();
  }
  function begin(): void {
    isRegistered = true;
    nodeCheck.passing = checks === null || checks.passing;
    if (checks !== null) {
      nodeCheck.stop = checks.start(instance, (passing, atMs) => {
        nodeCheck.passing = passing;
        turned(atMs);
      });
    }
    passedAtMs = clock.now();
    if (ttlCheck !== null) {
      const { ttlMs } = ttlCheck;
      const onStatus = (status: string): void => turned(status === 'passing' ? clock.now() : passedAtMs);
      ttl = new ConsulTtlCheck({ clock, ttlMs, onStatus });
    }
    turned(clock.now());
    // Whoever is there when the agent is made was there before the run: its servers know.
    if (clock.now() === madeAtMs) options.sync(entry());
  }
  function endChecks(): void {
    nodeCheck.stop();
    nodeCheck.stop = () => {};
    ttl?.stop();
    ttl = null;
  }
  function deregister(): void {
    if (!isRegistered) return;
    isRegistered = false;
    endChecks();
    running?.reaper?.forget(instance.id);
    running?.entropy.changed();
  }

  return {
    register() {
      if (!isRegistered) begin();
    },
    deregister,
    pass() {
      if (!isRegistered) return false;
      passedAtMs = clock.now();
      ttl?.update('passing');
      return true;
    },
    machine(present) {
      if (present) {
        running = start(true);
        if (isRegistered) begin();
        return;
      }
      endChecks();
      running?.entropy.stop();
      running?.reaper?.close();
      running = null;
    },
    reachable: () => running?.entropy.reachable(),
  };
}
