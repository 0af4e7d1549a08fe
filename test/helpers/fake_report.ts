import { PLAIN_LOAD_BALANCER } from '../../src/balancer/load_balancer.ts';
import { strategies } from '../../src/balancer/strategies/index.ts';
import { byCause } from '../../src/core/belief_cause.ts';
import type { ConditionsSample } from '../../src/metrics/conditions.ts';
import { Histogram } from '../../src/metrics/histogram.ts';
import type {
  CellMeasures,
  DetectorResult,
  DurationStats,
  FailoverResult,
  TrialReport,
  TwinResult,
} from '../../src/metrics/measures.ts';
import { type CellSample, failoverSample } from '../../src/metrics/sample.ts';
import type { Column, Scenario, Threshold } from '../../src/scenario/scenario.ts';
import type { TrialConfig } from '../../src/sim/config.ts';
import { removals } from './removals.ts';

/** Figures a test chooses; the rest of a report follows from them or is constant. */
export interface FakeFigures {
  readonly p99?: number | null;
  readonly jain?: number | null;
  readonly failed?: number;
  readonly detectP99?: number | null;
  readonly undetected?: number;
  readonly censored?: number;
  readonly noHost?: number;
  readonly panicLeaks?: number;
  readonly falsePositives?: number;
  readonly inFlightAtEnd?: number;
  readonly inputDigest?: string;
  readonly failovers?: readonly FailoverResult[];
  readonly twin?: TwinResult;
  readonly conditions?: Partial<ConditionsSample>;
}

const evenness = { jain: 0.9, cv: 0.25, gini: 0.125, maxOverMean: 1.5, minOverMean: 0.5 };
const noLeaks = { halfOpen: 0, unejected: 0, panic: 0, staleView: 0 };

function durations(p99: number | null): DurationStats {
  return { count: p99 === null ? 0 : 4, mean: p99, p50: p99, p90: p99, p99, max: p99 };
}

export function fakeFailover(detectP99: number | null): FailoverResult {
  return {
    instance: 'b-1',
    fault: 'crash#0',
    startMs: 1000,
    endMs: null,
    atRisk: 4,
    alreadyOut: 0,
    notInView: 1,
    detectMs: durations(detectP99),
    drainMs: durations(null),
    reinstateMs: durations(null),
    undetected: 0,
    censored: 0,
    late: 0,
    unexposed: 0,
    leaks: noLeaks,
    removedBy: removals({ activeCheck: 4 }),
    failedAttempts: 7,
    clientFailures: 3,
    detectByMs: byCause((cause) => durations(cause === 'activeCheck' ? detectP99 : null)),
  };
}

function fakeDetector(detector: DetectorResult['detector']): DetectorResult {
  return {
    ...{ detector, atRisk: 4, detectMs: durations(1 / 3), undetected: 1, censored: 2, falsePositives: 3 },
    ...{ goodTimeMs: 1500, meanTimeBetweenMs: 500, meanDurationMs: 100, queryAccuracy: 0.8 },
  };
}

function fakeMeasures(figures: FakeFigures = {}): CellMeasures {
  const { p99 = 10, jain = 0.9, failed = 0, detectP99 = null, inFlightAtEnd = 0 } = figures;
  const offered = 1000;
  const latency = { mean: 5, p50: 4, p90: 8, p99, p999: p99, max: p99 };
  return {
    digest: 'd'.repeat(16),
    inputDigest: figures.inputDigest ?? 'e'.repeat(16),
    requests: {
      offered,
      succeeded: offered - failed - inFlightAtEnd,
      failed,
      inFlightAtEnd,
      timedOut: 0,
      reset: 0,
      refused: failed,
      error: 0,
      rejected: 0,
      noHost: figures.noHost ?? 0,
      attempts: offered,
      retries: 0,
    },
    latencyMs: { ...latency, all: latency },
    fairness: {
      ...evenness,
      jain,
      dispersion: 1,
      worstCallerJain: jain,
      busyJain: null,
      excluded: 0,
      byTruth: evenness,
      windows: { jainMean: null, jainP1: null, noiseFloor: null, used: 0, dropped: 0 },
    },
    instances: [
      {
        id: 'a-1',
        zone: 'a',
        weight: 1,
        requests: offered,
        failures: failed,
        share: 1,
        expectedShare: 1,
        availability: 1,
        utilization: 1 / 3,
        probes: 5,
        probesPerSecond: 2.5,
      },
    ],
    failovers: figures.failovers ?? [],
    impact: [],
    detector: {
      falsePositives: 0,
      goodTimeMs: 40_000,
      meanTimeBetweenMs: null,
      meanDurationMs: null,
      queryAccuracy: 1,
      impairedRemovals: { slow: 0, errors: 0 },
    },
    probes: { sent: 0, failed: 0 },
    detectors: [fakeDetector('activeCheck'), fakeDetector('all')],
    failover: {
      atRisk: 0,
      detectMs: durations(detectP99),
      drainMs: durations(null),
      reinstateMs: durations(null),
      undetected: figures.undetected ?? 0,
      censored: figures.censored ?? 0,
      late: 0,
      unexposed: 0,
      leaks: { ...noLeaks, panic: figures.panicLeaks ?? 0 },
      falsePositives: figures.falsePositives ?? 0,
      detectByMs: byCause(() => durations(null)),
    },
    twin: figures.twin ?? null,
  };
}

function fakeSample({ conditions }: FakeFigures): CellSample {
  const empty = new Histogram().packed();
  const responses = { windowMs: 1000, sumsMs: new Float64Array(2), counts: new Float64Array(2) };
  return {
    latency: { successes: empty, all: empty },
    failover: failoverSample([]),
    conditions: { responses, firstFaultMs: Infinity, panics: 0, twinResponses: null, ...conditions },
  };
}

export function fakeReport(figures: FakeFigures = {}, recordSeries = false): TrialReport {
  return {
    measures: fakeMeasures(figures),
    sample: fakeSample(figures),
    upShare: [1, 0.5],
    series: recordSeries ? [{ tMs: 0, metric: 'up', subject: 'a-1', value: 1 }] : null,
  };
}

export function fakeTrial(strategy: string, changes: Partial<TrialConfig> = {}): TrialConfig {
  return {
    durationMs: 2000,
    warmupMs: 0,
    instances: [
      {
        id: 'a-1',
        address: 'a-1:80',
        zone: 'a',
        weight: 1,
        concurrency: 1,
        queue: Infinity,
        serviceTime: { kind: 'constant', valueMs: 1 },
        onClientGone: 'finish',
      },
    ],
    callers: [{ id: 'caller-1', zone: null, workers: 1 }],
    load: { arrivals: 'poisson', ratePerMs: 0.5, keys: null },
    networkLatency: null,
    discoveryLag: null,
    registry: { kind: 'memory', lease: null },
    // Columns may be called anything; what is looked up of their strategies must be there.
    strategy: { name: strategies.some(({ name }) => name === strategy) ? strategy : 'round-robin', options: {} },
    loadBalancer: PLAIN_LOAD_BALANCER,
    healthCheck: null,
    outlierDetection: null,
    failureAccrual: null,
    heartbeat: null,
    gossip: null,
    request: { timeoutMs: 1000, perTryTimeoutMs: Infinity, connectTimeoutMs: Infinity, retries: 0, retryOn: [] },
    faults: [],
    ...changes,
  };
}

/** A threshold on all columns, where a test does not say otherwise. */
export type FakeThreshold = Pick<Threshold, 'expression' | 'metric' | 'operator' | 'limit'> & Partial<Threshold>;

export function fakeScenario(
  columns: readonly (Pick<Column, 'strategy'> & Partial<Column>)[],
  changes: Partial<Omit<Scenario, 'columns' | 'thresholds'>> & { thresholds?: readonly FakeThreshold[] } = {},
): Scenario {
  const { replications = 1, thresholds = [] } = changes;
  return {
    name: 'fake',
    description: '',
    seed: 7,
    replications,
    precision: [],
    maxReplications: replications,
    impact: 'none',
    ...changes,
    thresholds: thresholds.map((threshold) => ({ strategies: null, variants: null, abortOnFail: false, ...threshold })),
    columns: columns.map((column, point) => ({
      ...{ params: {}, variant: null, point },
      ...{ trial: fakeTrial(column.strategy) },
      ...column,
    })),
  };
}
