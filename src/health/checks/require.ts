import {
  type ConsulCheckSettings,
  type EnvoyCheckSettings,
  type HaproxyCheckSettings,
  KUBERNETES_PROBES,
  type KubernetesCheckSettings,
} from './settings.ts';

export function requireEnvoyCheck(settings: EnvoyCheckSettings): void {
  const { intervalMs, timeoutMs, unhealthyThreshold, healthyThreshold } = settings;
  const { unhealthyIntervalMs, unhealthyEdgeIntervalMs, healthyEdgeIntervalMs } = settings;
  const { noTrafficIntervalMs, noTrafficHealthyIntervalMs, intervalJitterMs, initialJitterMs } = settings;
  requireTimes({ intervalMs, timeoutMs, unhealthyIntervalMs, unhealthyEdgeIntervalMs, healthyEdgeIntervalMs });
  requireTimes({ noTrafficIntervalMs, noTrafficHealthyIntervalMs });
  requireDelays({ intervalJitterMs, initialJitterMs });
  requirePercents(100, { intervalJitterPercent: settings.intervalJitterPercent });
  requireCounts(1, { unhealthyThreshold, healthyThreshold });
}

export function requireHaproxyCheck(settings: HaproxyCheckSettings): void {
  const { interMs, rise, fall, errorLimit, spreadChecksPercent } = settings;
  requireTimes({ interMs });
  requireTimes({
    fastinterMs: settings.fastinterMs ?? undefined,
    downinterMs: settings.downinterMs ?? undefined,
    timeoutMs: settings.timeoutMs ?? undefined,
  });
  requireCounts(1, { rise, fall, errorLimit });
  requirePercents(50, { spreadChecksPercent });
}

export function requireKubernetesCheck(settings: KubernetesCheckSettings): void {
  const written = KUBERNETES_PROBES.filter((kind) => settings[kind] !== null);
  demand('kubernetes', 'no probe', written.length > 0, 'at least one probe');
  for (const kind of written) {
    const probe = settings[kind];
    if (probe === null) continue;
    requireTimes({ [`${kind}.periodMs`]: probe.periodMs, [`${kind}.timeoutMs`]: probe.timeoutMs });
    requireDelays({ [`${kind}.initialDelayMs`]: probe.initialDelayMs });
    requireCounts(1, {
      [`${kind}.failureThreshold`]: probe.failureThreshold,
      [`${kind}.successThreshold`]: probe.successThreshold,
    });
    if (kind === 'readiness') continue;
    demand(
      `${kind}.successThreshold`,
      probe.successThreshold,
      probe.successThreshold === 1,
      '1 (as Kubernetes has it)',
    );
  }
}

export function requireConsulCheck(settings: ConsulCheckSettings): void {
  const { intervalMs, timeoutMs, successBeforePassing, failuresBeforeCritical, failuresBeforeWarning } = settings;
  requireTimes({ intervalMs, timeoutMs });
  requireTimes({ deregisterCriticalServiceAfterMs: settings.deregisterCriticalServiceAfterMs ?? undefined });
  requireCounts(0, { successBeforePassing, failuresBeforeCritical });
  if (failuresBeforeWarning === null) return;
  // As CheckType.Validate has it.
  const fits = Number.isInteger(failuresBeforeWarning) && failuresBeforeWarning >= 0;
  demand('failuresBeforeWarning', failuresBeforeWarning, fits, 'a count from 0');
  const expected = `at most failuresBeforeCritical, ${failuresBeforeCritical}`;
  demand('failuresBeforeWarning', failuresBeforeWarning, failuresBeforeWarning <= failuresBeforeCritical, expected);
}

/** What settings must be, for those that come without a scenario; each throws a RangeError that names the setting. */
type Named = Readonly<Record<string, number | undefined>>;

function requireTimes(settings: Named): void {
  for (const [name, value] of Object.entries(settings)) {
    if (value !== undefined) demand(name, value, Number.isFinite(value) && value > 0, 'a positive time');
  }
}

function requireDelays(settings: Named): void {
  for (const [name, value] of Object.entries(settings)) {
    if (value !== undefined) demand(name, value, Number.isFinite(value) && value >= 0, 'zero or a positive time');
  }
}

function requireCounts(from: 0 | 1, settings: Named): void {
  for (const [name, value] of Object.entries(settings)) {
    if (value !== undefined) demand(name, value, Number.isInteger(value) && value >= from, `a count from ${from}`);
  }
}

/** From 0 to `most`. */
function requirePercents(most: number, settings: Named): void {
  for (const [name, value] of Object.entries(settings)) {
    if (value !== undefined) demand(name, value, value >= 0 && value <= most, `a percentage up to ${most}`);
  }
}

function demand(name: string, value: unknown, holds: boolean, expected: string): void {
  if (!holds) throw new RangeError(`healthCheck.${name} must be ${expected}, found ${String(value)}`);
}
