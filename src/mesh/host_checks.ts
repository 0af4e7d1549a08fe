import type { Host } from '../balancer/host.ts';
import type { Clock } from '../core/clock.ts';
import type { Instance } from '../core/instance.ts';
import type { Random } from '../core/random.ts';
import type { CheckedHealth } from '../health/checks/check_rules.ts';
import { HealthChecker, type RunningCheck } from '../health/checks/checker.ts';
import { type HealthCheckSettings, startsHealthy } from '../health/checks/settings.ts';
import type { Probe, ProbeVerdict } from '../health/probe.ts';

export interface HostChecksOptions {
  readonly settings: HealthCheckSettings;
  readonly probe: Probe;
  readonly clock: Clock;
  readonly random: Random;
  /** Told of every verdict before what follows from it. `host`: whose check it is, as long as it runs. */
  readonly onProbe: (instance: Instance, verdict: ProbeVerdict, host: Host | undefined) => void;
  readonly onChecked: (host: Host, evidenceAtMs: number, health: CheckedHealth) => void;
  /** See `HealthCheckerOptions`. */
  readonly hadTraffic: () => boolean;
  readonly together: () => number;
}

/** The active checks of one upstream's hosts: one runs for each that is in the view. */
export class HostChecks {
  /** Whether a host is used before its checks have said anything. */
  readonly startGood: boolean;
  private readonly checker: HealthChecker;
  private readonly onChecked: HostChecksOptions['onChecked'];
  private readonly running = new Map<Host, RunningCheck>();
  /** Whose check it is: by the instance it was started with, since a host may be described anew. */
  private readonly hosts = new Map<Instance, Host>();

  constructor({ onProbe, onChecked, ...options }: HostChecksOptions) {
    this.startGood = startsHealthy(options.settings);
    this.onChecked = onChecked;
    this.checker = new HealthChecker({
      ...options,
      onProbe: (instance, verdict) => onProbe(instance, verdict, this.hosts.get(instance)),
    });
  }

  start(host: Host): void {
    const { instance } = host;
    const check = this.checker.start(instance, (_, evidenceAtMs, health) => this.onChecked(host, evidenceAtMs, health));
    const stop = (): void => {
      check.stop();
      this.hosts.delete(instance);
    };
    this.hosts.set(instance, host);
    this.running.set(host, { ...check, stop });
  }

  stop(host: Host): void {
    this.running.get(host)?.stop();
    this.running.delete(host);
  }

  /** The host's check; undefined: none runs. */
  get(host: Host): RunningCheck | undefined {
    return this.running.get(host);
  }

  close(): void {
    for (const check of this.running.values()) check.stop();
    this.running.clear();
  }
}
