import { expect } from 'vitest';
import { parse } from 'yaml';
import { defineStrategy, type RegisteredStrategy, type StrategyDefinition } from '../../src/balancer/strategy.ts';
import { defineSubsetting, type RegisteredSubsetting } from '../../src/balancer/subsetting/subsetting.ts';
import { accruals } from '../../src/health/accrual/index.ts';
import { detectors } from '../../src/health/heartbeat/index.ts';
import type { Diagnostic } from '../../src/scenario/diagnostics.ts';
import { documentSchema } from '../../src/scenario/document.ts';
import { type ReadOptions, readScenario } from '../../src/scenario/read_scenario.ts';
import type { Column, Scenario } from '../../src/scenario/scenario.ts';
import { violations } from '../helpers/json_schema.ts';

const traits = { evenness: 'none', weighted: 'none', affinity: 'none', feedback: 'none', cost: 'O(1)' } as const;

function neverCreated(): never {
  throw new Error('reading a scenario creates no strategy');
}

function fake(
  name: string,
  options: RegisteredStrategy['options'],
  check: StrategyDefinition['check'] = () => null,
): RegisteredStrategy {
  return defineStrategy({
    name,
    doc: '',
    options,
    variants: [{ when: {}, system: '', source: '', traits }],
    check,
    create: neverCreated,
  });
}

/** The names of DESIGN.md's example, with an option of every type somewhere. */
export const strategies: readonly RegisteredStrategy[] = [
  fake('ring', {}),
  fake('round-robin', {}),
  fake('random', {}),
  fake('least-request', { choiceCount: { type: 'integer', min: 2, max: 100, default: 2, doc: 'Draws.' } }),
  fake('peak-ewma', { decayTime: { type: 'duration', min: 1, default: 10_000, doc: 'Decay.' } }),
  fake(
    'picky',
    {
      mode: { type: 'choice', values: ['fast', 'fair'], doc: 'Which way.' },
      bias: { type: 'number', min: 0, max: 1, default: 1, doc: 'How much.' },
      floor: { type: 'share', default: 0.1, doc: 'Least share.' },
      minimumPercent: { type: 'share', default: 0.1, doc: 'Least share, as Envoy writes it.' },
      sticky: { type: 'boolean', default: false, doc: 'Whether to stay.' },
    },
    ({ mode, sticky }) => (mode === 'fast' && sticky === true ? { option: 'sticky', expected: 'false' } : null),
  ),
];

/** One kind, with a required option and two that must go together. */
export const subsettings: readonly RegisteredSubsetting[] = [
  defineSubsetting({
    name: 'slice',
    doc: '',
    system: '',
    source: '',
    options: {
      size: { type: 'integer', min: 1, doc: 'How many.' },
      least: { type: 'integer', min: 0, default: 0, doc: 'How many at least.' },
    },
    create: ({ options }) => {
      if (options.least > options.size) throw new RangeError('least must be at most size');
      return { select: (hosts) => hosts.map(() => 1) };
    },
  }),
];

export const metrics = [
  { name: 'latency.p99', unit: 'ms' },
  { name: 'failover.detect.p99', unit: 'ms' },
  { name: 'fairness.jain', unit: 'ratio' },
  { name: 'requests.failedShare', unit: 'share' },
  { name: 'requests.failed', unit: 'count' },
  { name: 'requests.rate', unit: 'perSecond' },
  { name: 'impact.outageSeconds', unit: 'seconds' },
];

/** They do nothing until they are created, so the real ones will do. */
export { accruals, detectors };

const options: ReadOptions = { strategies, subsettings, accruals, detectors, metrics };

export function read(content: string | Uint8Array, more: Partial<ReadOptions> = {}) {
  return readScenario(content, 'test.yaml', { ...options, ...more });
}

const schema = documentSchema({ ...options, subsettings, accruals, detectors, readText: () => '' });

/** What an editor that goes by the schema finds wrong with a text that is YAML. */
export function schemaViolations(text: string): string[] {
  return violations(schema, parse(text, { logLevel: 'silent' }));
}

/** The scenario, or an error with all that is wrong. The schema must find no fault with what the validator takes. */
export function valid(content: string | Uint8Array, more: Partial<ReadOptions> = {}): Scenario {
  const result = read(content, more);
  if ('scenario' in result) {
    // What is set from without may be what makes it valid.
    if (typeof content === 'string' && Object.keys(more).length === 0) expect(schemaViolations(content)).toEqual([]);
    return result.scenario;
  }
  throw new Error(result.problems.map((p) => `${p.line}:${p.column}: ${p.message} (${p.fix})`).join('\n'));
}

/** The only column. */
export function onlyColumn(content: string, more: Partial<ReadOptions> = {}): Column {
  const { columns } = valid(content, more);
  if (columns.length !== 1) throw new Error(`expected one column, found ${columns.length}`);
  return columns[0] as Column;
}

export function problems(content: string | Uint8Array, more: Partial<ReadOptions> = {}): readonly Diagnostic[] {
  const result = read(content, more);
  return 'problems' in result ? result.problems : [];
}

/** As few keys as a scenario can have, one a line. `changes` replace keys or add them; null leaves one out. */
export function minimal(changes: Readonly<Record<string, string | null>> = {}): string {
  const keys: Record<string, string | null> = {
    name: 'minimal',
    duration: '10s',
    instances: '[{ count: 2, serviceTime: 10ms }]',
    load: '{ rate: 100/s }',
    loadBalancer: '{ policy: random }',
    ...changes,
  };
  const lines = Object.entries(keys).filter(([, value]) => value !== null);
  return lines.map(([key, value]) => `${key}: ${value}\n`).join('');
}

export const example = `name: zone-outage
description: One of three zones goes dark for 20 s. How long do callers notice?
seed: 42                          # replication r uses seed + r
replications: 10
duration: 2m                      # from time 0, warm-up included; requests arriving in [warmup, duration) are measured
warmup: 20s
instances:
  - { count: 12, zones: [a, b, c], weight: 1, concurrency: 4, queue: 64, serviceTime: { lognormal: { median: 8ms, p99: 60ms } } }
callers: { count: 10, zones: [a, b, c] }
load: { arrivals: poisson, rate: 2000/s, keys: { zipf: { count: 10000, exponent: 0.9 } } }
network: { latency: { uniform: { min: 0.2ms, max: 0.6ms } } }
discovery: { lag: { uniform: { min: 50ms, max: 250ms } } }
loadBalancer: { policy: least-request, panicThreshold: 50% }       # or policy: { least-request: { choiceCount: 3 } }
healthCheck: { interval: 2s, timeout: 500ms, unhealthyThreshold: 3, healthyThreshold: 2, intervalJitter: 200ms }
request: { timeout: 3s, perTryTimeout: 1s, connectTimeout: 250ms, retries: { attempts: 1, retryOn: [connect-failure, reset, timeout] } }
faults:
  - { blackhole: { zone: b }, at: 60s, for: 20s }                                            # scheduled
  - { crash: { instances: all }, lifetime: { weibull: { mean: 1h, shape: 1.5 } }, repair: { exponential: { mean: 30s } } }    # drawn
  - { errors: { instances: [a-1], rate: 5% }, at: 30s }
thresholds: [ latency.p99 < 500ms, failover.detect.p99 < 8s, fairness.jain > 0.9 ]
matrix: { loadBalancer.policy: [ring, round-robin, random, least-request, peak-ewma] }
`;

/** Takes the marks out of a text: the text, and the `line:column` of each mark. */
export function unmark(marked: string): { text: string; places: string[] } {
  const pieces = marked.split('‸');
  const places = pieces.slice(1).map((_, i) => {
    const before = pieces.slice(0, i + 1).join('');
    const line = before.split('\n').length;
    return `${line}:${before.length - before.lastIndexOf('\n')}`;
  });
  return { text: pieces.join(''), places };
}
