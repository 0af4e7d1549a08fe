import { max, mean } from 'simple-statistics';
import { type TabledCause, tabledCauses } from '../core/belief_cause.ts';
import type { CurveFigure, CurveName, Estimation } from './estimates/estimation.ts';
import type { CellMeasures, DurationStats, Evenness, LatencyStats, TwinResult } from './measures.ts';
import { NOT_REACHED } from './not_reached.ts';

/** A figure by the name thresholds, summaries, comparisons and lists know it under. */
export interface Metric {
  /** Its path in the result document, without units and without `Ms`. */
  readonly name: string;
  readonly unit: 'ms' | 'share' | 'ratio' | 'count' | 'seconds';
  readonly better: 'lower' | 'higher' | 'neither';
  /** One line: what it says. */
  readonly doc: string;
  /** What it is over replications. */
  readonly estimation: Estimation;
  /**
   * Its value in one cell. null where it has no subject: nobody at risk, no event, no request. NOT_REACHED, which is
   * Infinity, where it has and they did not get there while they were watched: longer than was observed, so that it must
   * not be left out of a mean. Infinity stays inside: outputs say null of both.
   */
  read(measures: CellMeasures): number | null;
}

type Better = Metric['better'];
type Read = Metric['read'];

/** Who turns a belief, in words. */
const removers: Readonly<Record<TabledCause, string>> = {
  activeCheck: 'active checks',
  ejection: 'outlier detection',
  registry: 'the registry',
  accrual: 'failure accrual',
  heartbeat: 'missing heartbeats',
  gossip: 'gossip',
};

/** Every metric. Only ever appended to: their order is that of the columns of runs.csv. */
export const metrics: readonly Metric[] = [
  ...requestMetrics(),
  ...latencyMetrics('latency', 'successful requests', ({ latencyMs }) => latencyMs),
  ...latencyMetrics('latency.all', 'all requests, failed and unfinished ones too', ({ latencyMs }) => latencyMs.all),
  ...fairnessMetrics(),
  ...instanceMetrics(),
  ...failoverMetrics(),
  ...impactMetrics(),
  ...detectorMetrics(),
  count('probes.sent', 'neither', 'health probes that ended', ({ probes }) => probes.sent),
  count('probes.failed', 'neither', 'health probes that failed', ({ probes }) => probes.failed),
  ...tabledCauses.flatMap(detectByMetrics),
  {
    ...count('instances.probes', 'lower', 'health probes an instance bears, mean over instances', ({ instances }) =>
      instances.length === 0 ? null : mean(instances.map(({ probes }) => probes)),
    ),
    estimation: { by: 'mean' },
  },
  ...twinMetrics(),
];

/** Its column in runs.csv: the path in snake case with the unit at the end, `latency_p99_ms`. */
export function columnName({ name, unit }: Metric): string {
  const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).replaceAll('.', '_');
  return unit === 'ms' ? `${snake}_ms` : snake;
}

/** What there had better be less of happens by chance, and may be rare; the rest of what is counted is how a run is made. */
function count(name: string, better: Better, doc: string, read: Read): Metric {
  return { name, unit: 'count', better, doc, estimation: { by: better === 'lower' ? 'events' : 'mean' }, read };
}

function ms(name: string, better: Better, doc: string, read: Read, estimation: Estimation = { by: 'mean' }): Metric {
  return { name, unit: 'ms', better, doc, estimation, read };
}

function share(name: string, better: Better, doc: string, read: Read): Metric {
  return { name, unit: 'share', better, doc, estimation: { by: 'share' }, read };
}

function ratio(name: string, better: Better, doc: string, read: Read, by: 'mean' | 'jain' = 'mean'): Metric {
  return { name, unit: 'ratio', better, doc, estimation: { by }, read };
}

function requestMetrics(): Metric[] {
  type Field = keyof CellMeasures['requests'];
  const of = (field: Field, better: Better, doc: string) =>
    count(`requests.${field}`, better, doc, ({ requests }) => requests[field]);
  return [
    of('offered', 'neither', 'measured requests: those that arrive in [warmup, duration)'),
    of('succeeded', 'higher', 'measured requests answered well'),
    of('failed', 'lower', 'measured requests that failed, by whatever outcome'),
    of('inFlightAtEnd', 'lower', 'measured requests without an answer at the end'),
    of('timedOut', 'lower', 'failed: no answer in time'),
    of('reset', 'lower', 'failed: the connection was lost in flight'),
    of('refused', 'lower', 'failed: nobody listened'),
    of('error', 'lower', 'failed: the instance answered with an error'),
    of('rejected', 'lower', "failed: the instance's queue was full"),
    of('noHost', 'lower', 'failed: the caller had no host to send to'),
    of('attempts', 'neither', 'attempts made for measured requests'),
    of('retries', 'lower', 'attempts beyond the first of each request'),
    share('requests.errorRate', 'lower', 'failed or never answered, over offered requests', ({ requests }) =>
      quotient(requests.failed + requests.inFlightAtEnd, requests.offered),
    ),
    share('requests.successShare', 'higher', 'succeeded over offered requests', ({ requests }) =>
      quotient(requests.succeeded, requests.offered),
    ),
  ];
}

function latencyMetrics(
  name: 'latency' | 'latency.all',
  whose: string,
  stats: (measures: CellMeasures) => LatencyStats,
): Metric[] {
  const of = (field: keyof LatencyStats, what: string, q: number | null = null) =>
    ms(
      `${name}.${field}`,
      'lower',
      `${what} time from arrival to final answer of ${whose}`,
      (measures) => stats(measures)[field],
      q === null ? { by: 'mean' } : { by: 'merged', of: name === 'latency' ? 'successes' : 'all', q },
    );
  return [
    of('mean', 'mean'),
    of('p50', 'median', 0.5),
    of('p90', '90th percentile of the', 0.9),
    of('p99', '99th percentile of the', 0.99),
    of('p999', '99.9th percentile of the', 0.999),
    of('max', 'longest'),
  ];
}

function evennessMetrics(name: string, against: string, stats: (measures: CellMeasures) => Evenness): Metric[] {
  const of = (field: keyof Evenness, better: Better, what: string) =>
    ratio(
      `${name}.${field}`,
      better,
      `${what} of attempts over what was due ${against}`,
      (measures) => stats(measures)[field],
      field === 'jain' ? 'jain' : 'mean',
    );
  return [
    of('jain', 'higher', "Jain's index (1 is even)"),
    of('cv', 'lower', 'coefficient of variation'),
    of('gini', 'lower', "Gini's index (0 is even)"),
    of('maxOverMean', 'lower', 'largest over mean'),
    of('minOverMean', 'higher', 'smallest over mean'),
  ];
}

function fairnessMetrics(): Metric[] {
  return [
    ...evennessMetrics('fairness', 'to pickable instances', ({ fairness }) => fairness),
    ratio(
      'fairness.dispersion',
      'lower',
      'dispersion index in short windows: 0 alternates, 1 is chance, above 1 herds',
      ({ fairness }) => fairness.dispersion,
    ),
    ratio(
      'fairness.worstCallerJain',
      'higher',
      "Jain's index of the caller that spreads its attempts worst",
      ({ fairness }) => fairness.worstCallerJain,
      'jain',
    ),
    ratio(
      'fairness.busyJain',
      'higher',
      "Jain's index of busy worker time over capacity",
      ({ fairness }) => fairness.busyJain,
      'jain',
    ),
    count('fairness.excluded', 'neither', 'instances that were due nothing', ({ fairness }) => fairness.excluded),
    ...evennessMetrics('fairness.byTruth', 'to instances that were up', ({ fairness }) => fairness.byTruth),
    ratio(
      'fairness.windows.jainMean',
      'higher',
      "mean over windows of Jain's index",
      ({ fairness }) => fairness.windows.jainMean,
    ),
    ratio(
      'fairness.windows.jainP1',
      'higher',
      "1st percentile over windows of Jain's index",
      ({ fairness }) => fairness.windows.jainP1,
    ),
    ratio(
      'fairness.windows.noiseFloor',
      'neither',
      "what Jain's index in a window would be by chance",
      ({ fairness }) => fairness.windows.noiseFloor,
    ),
    count('fairness.windows.used', 'neither', 'windows judged', ({ fairness }) => fairness.windows.used),
    count(
      'fairness.windows.dropped',
      'neither',
      'windows left out: cut short, idle, or eligibility changed in them',
      ({ fairness }) => fairness.windows.dropped,
    ),
  ];
}

function instanceMetrics(): Metric[] {
  return [
    share('instances.availability', 'neither', 'share of time up, mean over instances', ({ instances }) =>
      instances.length === 0 ? null : mean(instances.map(({ availability }) => availability)),
    ),
    share('instances.utilization', 'neither', 'busy share of workers that were up, mean over instances', (measures) =>
      overKnown(measures, mean),
    ),
    share('instances.maxUtilization', 'lower', 'busy share of workers that were up, busiest instance', (measures) =>
      overKnown(measures, max),
    ),
  ];
}

function overKnown({ instances }: CellMeasures, summarize: (values: number[]) => number): number | null {
  const known = instances.flatMap(({ utilization }) => (utilization === null ? [] : [utilization]));
  return known.length === 0 ? null : summarize(known);
}

function durationMetrics(
  curve: CurveName,
  counted: string,
  what: string,
  stats: (measures: CellMeasures) => DurationStats,
): Metric[] {
  const name = `failover.${curve}`;
  const of = (field: Exclude<keyof DurationStats, 'count'>, how: string, figure: CurveFigure | null) => {
    const read: Read = (measures) => {
      const block = stats(measures);
      // The restricted mean has a value as soon as there is a pair, whether or not any got there.
      return block[field] ?? (block.mean === null ? null : NOT_REACHED);
    };
    return ms(`${name}.${field}`, 'lower', `${how} ${what}`, read, overPairs(curve, figure));
  };
  return [
    count(`${name}.count`, 'neither', counted, (measures) => stats(measures).count),
    of('mean', 'restricted mean', 'mean'),
    of('p50', 'median', 0.5),
    of('p90', '90th percentile of the', 0.9),
    of('p99', '99th percentile of the', 0.99),
    of('max', 'longest observed', null),
  ];
}

function overPairs(of: CurveName, figure: CurveFigure | null): Estimation {
  return figure === null ? { by: 'mean' } : { by: 'survival', of, figure };
}

function failoverMetrics(): Metric[] {
  type Count = 'atRisk' | 'undetected' | 'censored' | 'late' | 'unexposed' | 'falsePositives';
  const of = (field: Count, better: Better, doc: string) =>
    count(`failover.${field}`, better, doc, ({ failover }) => failover[field]);
  const leak = (field: keyof CellMeasures['failover']['leaks'], doc: string) =>
    count(`failover.leaks.${field}`, 'lower', doc, ({ failover }) => failover.leaks[field]);
  return [
    of('atRisk', 'neither', 'pairs (caller, instance) that believed in an instance as it went down'),
    ...durationMetrics(
      'detect',
      'pairs whose belief turned while the instance was down',
      'time from going down to belief turning bad',
      ({ failover }) => failover.detectMs,
    ),
    ...durationMetrics(
      'drain',
      'pairs that sent to the instance after it went down, and stopped',
      'time from going down to the last attempt before it leaves the pick set',
      ({ failover }) => failover.drainMs,
    ),
    ...durationMetrics(
      'reinstate',
      'pairs that found a repaired instance again',
      'time from repair to being picked from again',
      ({ failover }) => failover.reinstateMs,
    ),
    of('undetected', 'lower', 'pairs that had not noticed by the repair'),
    of('censored', 'neither', 'pairs that had not noticed by the end of the run'),
    count(
      'failover.unnoticed',
      'lower',
      'undetected and censored together: pairs that never noticed',
      ({ failover }) => failover.undetected + failover.censored,
    ),
    of('late', 'lower', 'pairs that removed a repaired instance on evidence from before'),
    of('unexposed', 'neither', 'pairs that sent nothing to the instance while it could have hurt'),
    leak('halfOpen', 'attempts to a down instance let through by a breaker to try it'),
    leak('unejected', 'attempts to a down instance because its ejection ran out'),
    leak('panic', 'attempts to a down instance by a caller in panic'),
    leak('staleView', 'attempts to a down instance that was wrongly believed in again'),
    of('falsePositives', 'lower', 'removals of instances that were well'),
  ];
}

/** Of those only that the cause removed: those others removed first, and those who never noticed, are no part of it. */
function detectByMetrics(cause: TabledCause): Metric[] {
  const curve = `detectBy.${cause}` as const;
  const name = `failover.${curve}`;
  const stats = ({ failover }: CellMeasures) => failover.detectByMs[cause];
  const time = `time from going down to belief turning bad, of pairs that ${removers[cause]} turned`;
  return [
    count(`${name}.count`, 'neither', `pairs whose belief ${removers[cause]} turned`, (m) => stats(m).count),
    ms(`${name}.p50`, 'lower', `median ${time}`, (m) => stats(m).p50, overPairs(curve, 0.5)),
    ms(`${name}.p99`, 'lower', `99th percentile of the ${time}`, (m) => stats(m).p99, overPairs(curve, 0.99)),
  ];
}

function impactMetrics(): Metric[] {
  type Row = CellMeasures['impact'][number];
  const sumOf = (field: 'failedAttempts' | 'clientFailures' | 'outageSeconds'): Read => {
    return ({ impact }) => impact.reduce((sum, row) => sum + row[field], 0);
  };
  const worstOf = (field: 'peakErrorRate' | 'recoverMs', rows: readonly Row[]): number | null => {
    const known = rows.flatMap((row) => row[field] ?? []);
    return known.length === 0 ? null : max(known);
  };
  return [
    count('impact.failedAttempts', 'lower', 'failed attempts to targets of faults', sumOf('failedAttempts')),
    count('impact.clientFailures', 'lower', 'requests lost to targets of faults', sumOf('clientFailures')),
    {
      name: 'impact.outageSeconds',
      unit: 'seconds',
      better: 'lower',
      doc: 'seconds with under 99.9% success after faults began',
      estimation: { by: 'mean' },
      read: sumOf('outageSeconds'),
    },
    share('impact.peakErrorRate', 'lower', 'share of failed requests in the worst second after a fault', (measures) =>
      worstOf('peakErrorRate', measures.impact),
    ),
    ms('impact.recover', 'lower', 'longest time from a fault to the end of its last bad second', ({ impact }) =>
      impact.some(({ recoverMs }) => recoverMs === null) ? NOT_REACHED : worstOf('recoverMs', impact),
    ),
  ];
}

/** Differences between two runs, of either sign: none is a count of events. */
function twinMetrics(): Metric[] {
  const of = (field: keyof TwinResult, unit: Metric['unit'], doc: string): Metric => ({
    ...{ name: `twin.${field}`, unit, better: 'lower', doc, estimation: { by: 'mean' } },
    read: ({ twin }) => twin?.[field] ?? null,
  });
  return [
    of('failures', 'count', 'requests that failed because of the faults: more than without any'),
    of('delayedRequests', 'count', 'requests slower than 99 of 100 without faults: more than without any'),
    of('extraSeconds', 'seconds', 'time requests waited longer than without faults, over those that succeed in both'),
    of('collateral', 'count', 'of twin.failures those not on an instance a fault acted on'),
  ];
}

function detectorMetrics(): Metric[] {
  return [
    count('detector.falsePositives', 'lower', 'removals of instances that were well', (m) => m.detector.falsePositives),
    ms('detector.goodTime', 'neither', 'time pairs had a sound, reinstated instance', (m) => m.detector.goodTimeMs),
    ms('detector.meanTimeBetween', 'higher', 'good time per false positive', ({ detector }) => {
      return detector.meanTimeBetweenMs ?? (detector.goodTimeMs > 0 ? NOT_REACHED : null);
    }),
    ms('detector.meanDuration', 'lower', 'mean length of a false positive', (m) => m.detector.meanDurationMs),
    share('detector.queryAccuracy', 'higher', 'share of good time with belief', (m) => m.detector.queryAccuracy),
    count('detector.impairedRemovals.slow', 'neither', 'removals of slow instances', (m) => {
      return m.detector.impairedRemovals.slow;
    }),
    count('detector.impairedRemovals.errors', 'neither', 'removals of instances that answered with errors', (m) => {
      return m.detector.impairedRemovals.errors;
    }),
  ];
}

function quotient(part: number, whole: number): number | null {
  return whole > 0 ? part / whole : null;
}
