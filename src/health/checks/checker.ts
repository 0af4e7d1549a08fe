import type { Clock } from '../../core/clock.ts';
import type { Instance } from '../../core/instance.ts';
import type { Outcome } from '../../core/outcome.ts';
import type { Random } from '../../core/random.ts';
import type { Probe, ProbeVerdict } from '../probe.ts';
import { Check, type CheckContext, checkContext, type HealthListener } from './check.ts';
import type { CheckRules } from './check_rules.ts';
import { consulRules } from './consul_rules.ts';
import { envoyRules } from './envoy_rules.ts';
import { haproxyRules, staggered } from './haproxy_rules.ts';
import { PodProbes } from './pod_probes.ts';
import { requireConsulCheck, requireEnvoyCheck, requireHaproxyCheck, requireKubernetesCheck } from './require.ts';
import type { HealthCheckSettings, KubernetesCheckSettings } from './settings.ts';

export interface HealthCheckerOptions {
  readonly clock: Clock;
  /** Each check draws its phase and jitter from a fork named by its instance's id and how often it was checked before. */
  readonly random: Random;
  readonly probe: Probe;
  readonly settings: HealthCheckSettings;
  /** Told of every verdict, before `onChange` is told what follows from it. */
  readonly onProbe?: (instance: Instance, verdict: ProbeVerdict) => void;
  /** Envoy's no-traffic interval: whether a request was ever sent to any of the instances. Default: always. */
  readonly hadTraffic?: () => boolean;
  /** HAProxy: how many instances there are, asked when the first check starts. Default: 1, so that each draws its phase. */
  readonly together?: () => number;
  /** Kubernetes: a probe asks for the instance's restart, by evidence of that time. */
  readonly onRestart?: (instance: Instance, evidenceAtMs: number) => void;
}

/** The check of one instance, from its start on. */
export interface RunningCheck {
  /** After it nothing is called any more. */
  stop(): void;
  /** HAProxy's `observe`: the result of a request sent at `sentAtMs`. `connected`: the instance took its connection. Hot. */
  observed(outcome: Outcome, sentAtMs: number, connected: boolean): void;
  /** An answer to a request, sent then, asks to fail the host at once (x-envoy-immediate-health-check-fail). Envoy only. */
  failAtOnce(evidenceAtMs: number): void;
  /** The instance's process has ended, or runs again: whoever checks at its node knows. Kubernetes only. */
  process(running: boolean): void;
}

/**
 * Active checks of instances by one checker. The first probe of each leaves at a random phase, so that checkers do not
 * check in step. Throws a RangeError for settings out of range.
 */
export class HealthChecker {
  private readonly clock: Clock;
  private readonly random: Random;
  private readonly begin: (instance: Instance, random: Random, onChange: HealthListener) => RunningCheck;
  /** How often the check of an id has been stopped, so that one that starts again draws anew. */
  private readonly stops = new Map<string, number>();

  constructor(options: HealthCheckerOptions) {
    const { clock, random, probe, settings } = options;
    this.clock = clock;
    this.random = random;
    const ports = { clock, probe, onProbe: options.onProbe ?? null };
    if (settings.system === 'kubernetes') {
      this.begin = this.pods(settings, ports, options.onRestart ?? (() => {}));
    } else {
      const rules = rulesOf(settings, options);
      const context = checkContext(ports, timeoutOf(settings), intervalOf(settings));
      this.begin = (instance, stream, onChange) => running(new Check(context, instance, rules(), stream, onChange));
    }
  }

  /**
   * Checks this instance until it is stopped. `onChange` is called when what the check makes of it has changed, first from
   * what `startsHealthy` says, with the send time of the probe or request that decided it.
   */
  start(instance: Instance, onChange: HealthListener): RunningCheck {
    const stops = this.stops.get(instance.id) ?? 0;
    const random = this.random.fork(stops === 0 ? instance.id : `${instance.id}#${stops}`);
    const check = this.begin(instance, random, onChange);
    const stop = (): void => {
      this.stops.set(instance.id, stops + 1);
      check.stop();
    };
    return { ...check, stop };
  }

  private pods(
    settings: KubernetesCheckSettings,
    ports: Pick<CheckContext, 'clock' | 'probe' | 'onProbe'>,
    onRestart: (instance: Instance, evidenceAtMs: number) => void,
  ): (instance: Instance, random: Random, onChange: HealthListener) => RunningCheck {
    requireKubernetesCheck(settings);
    const contextOf = (kind: 'startup' | 'readiness' | 'liveness'): CheckContext | null => {
      const probe = settings[kind];
      return probe === null ? null : checkContext(ports, probe.timeoutMs, probe.periodMs);
    };
    const contexts = {
      startup: contextOf('startup'),
      readiness: contextOf('readiness'),
      liveness: contextOf('liveness'),
    };
    return (instance, random, onChange) => {
      const restart = (evidenceAtMs: number): void => onRestart(instance, evidenceAtMs);
      const pod = new PodProbes(
        instance,
        settings,
        { contexts, random, onChange, onRestart: restart },
        this.clock.now(),
      );
      return {
        stop: () => pod.stop(),
        observed: () => {},
        failAtOnce: () => {},
        process: (runs) => pod.process(runs, this.clock.now()),
      };
    };
  }
}

type ProbedSettings = Exclude<HealthCheckSettings, KubernetesCheckSettings>;

function running(check: Check): RunningCheck {
  return {
    stop: check.stop,
    observed: (outcome, sentAtMs, connected) => check.observed(outcome, sentAtMs, connected),
    failAtOnce: (evidenceAtMs) => check.failAtOnce(evidenceAtMs),
    process: () => {},
  };
}

function rulesOf(
  settings: ProbedSettings,
  { clock, random, hadTraffic = () => true, together = () => 1 }: HealthCheckerOptions,
): () => CheckRules {
  switch (settings.system) {
    case 'envoy':
      requireEnvoyCheck(settings);
      return envoyRules(settings, hadTraffic);
    case 'haproxy':
      requireHaproxyCheck(settings);
      return haproxyRules(settings, staggered(random.fork('all together'), clock, together));
    case 'consul':
      requireConsulCheck(settings);
      return consulRules(settings);
  }
}

function timeoutOf(settings: ProbedSettings): number {
  return settings.system === 'haproxy' ? (settings.timeoutMs ?? settings.interMs) : settings.timeoutMs;
}

function intervalOf(settings: ProbedSettings): number {
  return settings.system === 'haproxy' ? settings.interMs : settings.intervalMs;
}
