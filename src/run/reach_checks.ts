import type { OutlierDetectionSettings } from '../health/outlier/settings.ts';
import type { FaultConfig, TrialConfig } from '../sim/config.ts';
import { meanOf } from '../sim/distribution.ts';
import { expectedFailures } from '../sim/faults/expected_events.ts';
import type { DrawnWhen } from '../sim/faults/processes.ts';
import { accrualRules } from './accrual_checks.ts';
import { checkPace } from './check_pace.ts';
import { enforcesFailurePercentage, enforcesSuccessRate } from './ejection_checks.ts';
import { isOutage, lengthMs } from './outages.ts';
import type { Check } from './warnings.ts';

/** Fewer events than this say more about chance than about the system: a share of them is uncertain by a fifth. */
const ENOUGH_EVENTS = 30;

/** Errors of some requests only: failures in a row come once in (1 - p^k) / (p^k (1 - p)) requests (theory.md, Detection). */
const neverInARow: Check = ({ trial }) => {
  const rows = rowsNeeded(trial);
  for (const { action, when } of trial.faults) {
    if (action.kind !== 'errors' || action.rate >= 1 || action.rate <= 0 || when.kind !== 'at') continue;
    const { rate } = action;
    const row = rows.find((each) => !each.byRate(rate));
    if (row === undefined) continue;
    const lastsMs = Math.min(when.forMs, trial.durationMs - when.atMs);
    const seen = (trial.load.ratePerMs * lastsMs) / trial.instances.filter(({ weight }) => weight > 0).length;
    const needed = (1 - rate ** row.count) / (rate ** row.count * (1 - rate));
    if (seen >= needed) continue;
    return {
      cause: `at errors of ${percent(rate)} it takes some ${rounded(needed)} requests until ${row.count} in a row fail, as ${row.setting} asks, and an instance gets ${rounded(seen)} meanwhile`,
      effect: 'hardly any caller ever takes out the instance that errs',
      next: `lower ${row.setting}, or judge by the share of failures`,
    };
  }
  return null;
};

interface Row {
  readonly setting: string;
  readonly count: number;
  /** Whether another rule sees an instance that errs at that rate. */
  byRate(errorRate: number): boolean;
}

function rowsNeeded({ outlierDetection, failureAccrual }: TrialConfig): Row[] {
  const rows: Row[] = [];
  if (outlierDetection !== null && outlierDetection.system === 'envoy') {
    const { consecutive5xx: count, enforcingConsecutive5xx } = outlierDetection;
    const byRate = (errorRate: number) => seesShare(outlierDetection, errorRate);
    if (count > 0 && enforcingConsecutive5xx > 0) {
      rows.push({ setting: 'outlierDetection.consecutive5xx', count, byRate });
    }
  }
  if (failureAccrual !== null && failureAccrual.name !== 'nginx-max-fails') {
    const { failures: count, rate } = accrualRules(failureAccrual);
    const byRate = (errorRate: number) => rate !== null && 1 - errorRate < rate.required;
    if (count > 0) rows.push({ setting: `failureAccrual ${failureAccrual.name}`, count, byRate });
  }
  return rows;
}

function seesShare(settings: OutlierDetectionSettings, errorRate: number): boolean {
  if (enforcesSuccessRate(settings)) return true;
  return enforcesFailurePercentage(settings) && errorRate * 100 >= settings.failurePercentageThreshold;
}

/** An outage that is over before a check can have failed often enough. */
const fasterThanChecks: Check = ({ trial }) => {
  for (const [entry, fault] of trial.faults.entries()) {
    const leastMs = leastDetectMs(trial, fault);
    if (leastMs === null) continue;
    const { when, action } = fault;
    const lastsMs = lengthMs(when);
    if (leastMs <= lastsMs) continue;
    const lasts = 'forMs' in when ? 'lasts' : 'lasts on average';
    return {
      cause: `healthCheck needs at least ${seconds(leastMs)} to find a ${action.kind}, and ${action.kind}#${entry} ${lasts} ${seconds(lastsMs)}`,
      effect: 'it is over before a check can have failed as often as it takes',
      next: 'lower its interval, timeout or threshold of failures, or make the fault last longer',
    };
  }
  return null;
};

/** Up again for less than it takes to be trusted again. */
const neverHealthyAgain: Check = ({ trial: { healthCheck, faults } }) => {
  const pace = healthCheck === null ? null : checkPace(healthCheck.settings);
  if (pace === null) return null;
  const neededMs = (pace.passes - 1) * pace.passGapMs;
  for (const [entry, { when, action }] of faults.entries()) {
    if (when.kind !== 'lifetime' || when.repair === null || !isOutage(action.kind)) continue;
    const upMs = meanOf(when.lifetime);
    if (neededMs <= upMs) continue;
    return {
      cause: `healthCheck needs at least ${seconds(neededMs)} to find an instance well again, and with ${action.kind}#${entry} it is up for ${seconds(upMs)} on average`,
      effect: 'an instance that was once found down hardly ever comes back',
      next: 'lower its interval or threshold of passes, or make lifetime longer',
    };
  }
  return null;
};

/** null where a check finds nothing, or its time does not matter. */
function leastDetectMs({ healthCheck }: TrialConfig, { action }: FaultConfig): number | null {
  if (healthCheck === null || !isOutage(action.kind)) return null;
  const pace = checkPace(healthCheck.settings);
  // A hung process still accepts connections; where a machine is dark, its agent is too.
  if (pace === null || (action.kind === 'hang' && healthCheck.kind === 'tcp')) return null;
  if (action.kind === 'blackhole' && healthCheck.by !== 'caller') return null;
  const { failures, failureGapMs, fixedRate, timeoutMs } = pace;
  if (action.kind === 'crash') return (failures - 1) * failureGapMs;
  return (failures - 1) * (failureGapMs + (fixedRate ? 0 : timeoutMs)) + timeoutMs;
}

const fewEvents: Check = ({ trial }, cells) => {
  if (!trial.faults.some(({ when }) => isDrawn(when))) return null;
  const expected = cells.length * trial.faults.reduce((sum, fault) => sum + expectedEvents(trial, fault), 0);
  if (expected >= ENOUGH_EVENTS) return null;
  return {
    cause: `some ${rounded(expected)} drawn faults are to be expected, over all replications together`,
    effect: `fewer than ${ENOUGH_EVENTS} say more about chance than about the system: intervals are wide`,
    next: 'run more replications, make duration longer, or let faults come more often',
  };
};

/** Lives that a run is too short for: P(t) has not come down to what it will be. */
const youngFleet: Check = ({ trial }) => {
  for (const [entry, { when, action }] of trial.faults.entries()) {
    if (when.kind !== 'lifetime' || when.start === 'stationary' || when.repair === null) continue;
    const lifeMs = meanOf(when.lifetime);
    if (lifeMs <= trial.durationMs || !isOutage(action.kind)) continue;
    return {
      cause: `lives of ${action.kind}#${entry} are ${seconds(lifeMs)} long on average, and a run ${seconds(trial.durationMs)}`,
      effect: 'all are new at 0 and most outlive the run: availability is that of a fleet that has just begun',
      next:
        when.repair.kind === 'backoff'
          ? 'make duration longer'
          : 'write start: stationary beside lifetime, or make duration longer',
    };
  }
  return null;
};

/** While measuring, in one run. What is written, recorded or follows from load is not counted: it is not drawn. */
function expectedEvents({ instances, durationMs, warmupMs }: TrialConfig, { target, when }: FaultConfig): number {
  if (!isDrawn(when)) return 0;
  const targeted =
    target.kind === 'zone'
      ? instances.filter(({ zone }) => zone === target.zone).length
      : target.kind === 'count'
        ? target.count
        : target.indexes.length;
  // A common cause is one event, however many it strikes.
  const targets = when.together === true ? Math.min(1, targeted) : targeted;
  return targets * expectedFailures(when, warmupMs, durationMs);
}

function isDrawn(when: FaultConfig['when']): when is DrawnWhen {
  return when.kind === 'lifetime' || when.kind === 'hazard' || when.kind === 'probability';
}

/** About what is too rare or too short to be seen by what is to see it. */
export const reachChecks: readonly Check[] = [neverInARow, fasterThanChecks, neverHealthyAgain, fewEvents, youngFleet];

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(3))}%`;
}

function rounded(count: number): string {
  return String(Number(count.toPrecision(2)));
}

function seconds(ms: number): string {
  return `${Number((ms / 1000).toPrecision(4))} s`;
}
