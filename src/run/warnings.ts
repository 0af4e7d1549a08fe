import { strategyNamed } from '../balancer/strategies/index.ts';
import type { CellSample } from '../metrics/sample.ts';
import type { Column, Scenario } from '../scenario/scenario.ts';
import type { TrialConfig } from '../sim/config.ts';
import { capacityPerMs } from './capacity.ts';
import { labelOf } from './cells.ts';
import { type ColumnRun, resultsOf } from './column_run.ts';
import { idleChoices } from './idle_choices_check.ts';
import { excessOf, keepsToLimits } from './limit_checks.ts';
import type { CellLabel, CellResult, Warning } from './result.ts';
import { failsWithoutKey, settingChecks } from './setting_checks.ts';
import { coldMeasurements } from './warmup_check.ts';

/** What is to be said of one column. */
interface Finding extends Omit<Warning, 'columns'> {
  /** Of equal causes of several columns the gravest is told; absent: each effect is. */
  readonly gravity?: number;
}

/** A check looks at one column and its cells, which are one at least. What is found in several columns becomes one warning. */
export type Check = (
  column: Column,
  cells: readonly CellResult[],
  scenario: Scenario,
  samples: readonly CellSample[],
) => Finding | null;

/** A quantile rests on the samples beyond it; with fewer than this it says more about chance than about the system. */
const ENOUGH_SAMPLES = 100;

export function findWarnings(scenario: Scenario, runs: readonly ColumnRun[]): Warning[] {
  return checks.flatMap((check) => {
    const found = new Map<string, { finding: Finding; columns: CellLabel[] }>();
    for (const run of runs) {
      const { column, cells } = run;
      const samples = cells.map(({ sample }) => sample);
      const finding = check(column, resultsOf(run), scenario, samples);
      if (finding === null) continue;
      const key = finding.gravity === undefined ? `${finding.cause}\n${finding.effect}` : finding.cause;
      const group = found.get(key) ?? { finding, columns: [] };
      if ((finding.gravity ?? 0) > (group.finding.gravity ?? 0)) group.finding = finding;
      group.columns.push(labelOf(column));
      found.set(key, group);
    }
    return [...found.values()].map(({ finding: { cause, effect, next }, columns }) => ({
      ...{ cause, effect, next },
      columns: columns.length === runs.length ? [] : columns,
    }));
  });
}

const overload: Check = ({ trial }) => {
  const offered = trial.load.ratePerMs * 1000;
  const capacity = capacityPerMs(trial) * 1000;
  if (offered <= capacity) return null;
  const bounded = trial.instances.every(({ queue }) => queue < Infinity);
  const elsewhere = bounded
    ? 'queues stay full and the excess is rejected, whatever the strategy'
    : 'queues grow for as long as the run lasts, so latency tells the length of the run, not the strategy';
  return {
    cause: `offered load ${perSecond(offered)} is above what all instances can serve, ${perSecond(capacity)}`,
    effect: excessOf(trial) ?? elsewhere,
    next: `lower load.rate below ${perSecond(capacity)}, or add instances or concurrency`,
  };
};

const oneReplication: Check = (_column, cells) =>
  cells.length > 1
    ? null
    : {
        cause: 'there is one replication only',
        effect: 'no interval can be given, and a difference between strategies may be chance',
        next: 'run with --replications 10',
      };

const thinTail: Check = (_column, cells) => {
  const fewest = Math.min(...cells.map(({ requests }) => requests.succeeded));
  if (fewest === 0 || fewest >= ENOUGH_SAMPLES * 1000) return null;
  const thin = fewest < ENOUGH_SAMPLES * 100 ? 'p99 and beyond' : 'p99.9';
  return {
    cause: `latency at ${thin} rests on fewer than ${ENOUGH_SAMPLES} samples in a run`,
    effect: 'one unlucky request moves it; its interval over replications is the one to look at',
    next: 'make duration longer or load.rate higher',
  };
};

const panicLeaks: Check = ({ trial: { strategy, loadBalancer } }, cells, _scenario, samples) => {
  const leaks = sum(cells, ({ failover }) => failover.leaks.panic);
  if (leaks === 0) return null;
  const { beyond } = strategyNamed(strategy.name).variantOf(strategy.options).traits;
  const neverPanicked = beyond !== undefined && samples.every(({ conditions }) => conditions.panics === 0);
  // Without Envoy's panic it was the strategy that went beyond the hosts that can be picked.
  if (loadBalancer.panicThreshold === 0 || neverPanicked) {
    return {
      cause: `${strategy.name} sent attempts to instances known to be down`,
      effect: 'it picks hosts that cannot serve where it finds no others, as in Finagle',
      next: `compare with ${beyond === 'after tries in vain' ? 'a larger maxEffort or none, or with ' : ''}another policy, or add instances in other zones`,
    };
  }
  return {
    cause: 'panic mode sent attempts to instances known to be down',
    effect: 'once fewer hosts are healthy than loadBalancer.panicThreshold says, all are used, dead ones too',
    next: 'set panicThreshold: 0% to see the run without it, or add instances in other zones',
  };
};

const panicEntered: Check = (_column, cells, _scenario, samples) => {
  // What it did to instances that were down is told by itself.
  if (sum(cells, ({ failover }) => failover.leaks.panic) > 0) return null;
  if (samples.every(({ conditions }) => conditions.panics === 0)) return null;
  return {
    cause: 'callers went into panic mode: fewer hosts were healthy than loadBalancer.panicThreshold says',
    effect: 'until enough were, they used all hosts alike, and health checks and ejections counted for nothing',
    next: 'look at who was found unhealthy at the same time, or set panicThreshold: 0% to see the run without it',
  };
};

const undetected: Check = (_column, cells) => {
  if (sum(cells, ({ failover }) => failover.undetected + failover.censored) === 0) return null;
  return {
    cause: 'some callers never noticed that an instance was down',
    effect: 'they went on sending to it; failover.detect counts them as longer than the outage, with no end known',
    next: 'add a healthCheck, or make interval x unhealthyThreshold shorter than the outage',
  };
};

const noEpisode: Check = (_column, cells, { thresholds }) => {
  // Callers can be wrong about an instance without one going down.
  const asked = thresholds.find(({ metric }) => metric.startsWith('failover.') && metric !== 'failover.falsePositives');
  if (asked === undefined || cells.some(({ failovers }) => failovers.length > 0)) return null;
  return {
    cause: `"${asked.expression}" asks about failover, but no instance went down after the warm-up`,
    effect: 'there is nothing to measure, and what was not measured cannot pass',
    next: 'add a crash, blackhole, hang or restart under faults that starts after warmup',
  };
};

const unanswered: Check = (_column, cells) => {
  if (sum(cells, ({ requests }) => requests.inFlightAtEnd) === 0) return null;
  return {
    cause: 'requests were still without an answer when the run ended',
    effect: 'latency of successes leaves them out, so it looks better than it is; latency.all counts their age',
    next: 'set request.timeout, or look for instances that hang or whose queue only grows',
  };
};

const survivors: Check = (_column, cells) => {
  const offered = sum(cells, ({ requests }) => requests.offered);
  const succeeded = sum(cells, ({ requests }) => requests.succeeded);
  if (succeeded >= 0.99 * offered) return null;
  return {
    cause: 'more than 1% of requests failed or had no answer',
    effect:
      'latency is that of successes only, and those that fail are often the slow ones: a strategy may look quick by failing',
    next: 'look at latency.all in runs.csv, and at requests ok before latency',
  };
};

const noHosts: Check = ({ trial }, cells) => {
  const lost = sum(cells, ({ requests }) => requests.noHost);
  if (lost === 0 || failsWithoutKey(trial) || (trial.warmupMs === 0 && !turnsDown(trial))) return null;
  if (keepsToLimits(trial)) {
    return {
      cause: 'some requests found no host that might take them',
      effect:
        'they failed (noHost): every host was full, unhealthy or gone from the view, or they waited too long for one',
      next: 'raise maxConnections or add instances, with policies of HAProxy loadBalancer.queue.timeout or maxPerHost, or look at who was down',
    };
  }
  if (trial.loadBalancer.connections !== null) {
    return {
      cause: 'some requests found no host with a connection',
      effect:
        'they failed (noHost), as gRPC fails them with UNAVAILABLE: every connection had failed, or nobody was in view',
      next: 'write connections.waitForReady: true, lower connections.maxBackoff, or look at who was down at the same time',
    };
  }
  return {
    cause: 'some requests found no host that might be picked',
    effect: trial.loadBalancer.whenNobodyReady
      ? 'they failed (noHost), once nobody had been ready for failFast: every host was unhealthy or gone from the view'
      : 'they failed at once (noHost): every host was unhealthy or gone from the view, and panic did not help',
    next: trial.loadBalancer.whenNobodyReady
      ? 'raise loadBalancer.whenNobodyReady.failFast, or look at who was down at the same time'
      : 'raise loadBalancer.panicThreshold, or look at who was down at the same time',
  };
};

/** Whether callers that know of healthy hosts, or wait for some, may have none for a request all the same. */
function turnsDown(trial: TrialConfig): boolean {
  return keepsToLimits(trial) || (trial.loadBalancer.whenNobodyReady ?? null) !== null;
}

const coldStart: Check = ({ trial }, cells) => {
  if (trial.warmupMs > 0 || sum(cells, ({ requests }) => requests.noHost) === 0) return null;
  if (failsWithoutKey(trial) || turnsDown(trial)) return null;
  return {
    cause: 'warmup is 0s and some requests found no host',
    effect: 'callers that have not yet discovered or checked their hosts count as failures of the system',
    next: 'set warmup to a few health check intervals',
  };
};

const checks: readonly Check[] = [
  overload,
  noEpisode,
  undetected,
  panicLeaks,
  panicEntered,
  unanswered,
  survivors,
  noHosts,
  ...settingChecks,
  idleChoices,
  coldStart,
  coldMeasurements,
  oneReplication,
  thinTail,
];

function sum(cells: readonly CellResult[], read: (cell: CellResult) => number): number {
  return cells.reduce((total, cell) => total + read(cell), 0);
}

function perSecond(rate: number): string {
  return `${Number(rate.toPrecision(4))}/s`;
}
