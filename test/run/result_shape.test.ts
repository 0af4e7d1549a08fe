import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import * as lists from '../../src/run/lists.ts';
import { readResult } from '../../src/run/read_result.ts';
import type { ResultDocument } from '../../src/run/result.ts';
import { resultSchema, resultShape } from '../../src/run/result_shape.ts';
import { runStudy } from '../../src/run/study.ts';
import { runTrial } from '../../src/run/trial.ts';
import { readScenario } from '../../src/scenario/read_scenario.ts';
import { violations } from '../helpers/json_schema.ts';

/** Everything a result can hold: zones, parameters, faults that strike, checks, thresholds that hold and do not. */
const everything = `name: everything
description: Of everything.
duration: 6s
warmup: 1s
replications: 3
instances: [{ count: 3, zones: [a, b, c], serviceTime: { exponential: { mean: 2ms } } }]
callers: { count: 2 }
load: { rate: 100/s }
loadBalancer: { policy: ring }
healthCheck: { interval: 500ms, timeout: 100ms, unhealthyThreshold: 1, healthyThreshold: 1 }
faults:
  - { crash: { zone: a }, at: 2s, for: 2s }
  - { blackhole: { zone: b }, at: 5s }
thresholds: [latency.p99 < 10s, fairness.jain > 2, failover.detect.p99 < 1ms]
matrix: { loadBalancer.policy: [ring, random], load.rate: [50/s, 100/s] }
`;

/** As it is written: JSON knows no undefined. */
async function written(text: string): Promise<ResultDocument> {
  const read = readScenario(text, 'test.yaml', lists);
  if ('problems' in read) throw new Error(read.problems.map(({ message }) => message).join('\n'));
  const runCell = ({ trial, seed, recordSeries }: Parameters<Parameters<typeof runStudy>[1]['runCell']>[0]) =>
    Promise.resolve(runTrial(trial, seed, { recordSeries }));
  const { document } = await runStudy(read.scenario, { runCell, jobs: 1, series: null });
  return JSON.parse(JSON.stringify(document));
}

const document = await written(everything);

describe('what a run writes', () => {
  it('is what the descriptor says, and the schema', () => {
    expect(readResult(JSON.stringify(document))).toEqual({ document });
    expect(violations(resultSchema(), document)).toEqual([]);
  });

  it('has no key that nobody describes; if it has: add it to measures_shape.ts or result_shape.ts', () => {
    expect(resultShape.undescribed(document, '')).toEqual([]);
  });

  it('says no less than before, and what earlier versions did not say reads as nothing', () => {
    const { description, warnings, ...earlier } = document;
    expect(description).toBe('Of everything.');
    expect(warnings.map(({ cause }) => cause)).toContainEqual(expect.stringMatching(/fewer than 100 samples/));
    expect(readResult(JSON.stringify(earlier))).toEqual({ document: { ...earlier, description: '', warnings: [] } });
    expect(readResult(JSON.stringify({ ...earlier, warnings: 'none' }))).toHaveProperty('problems');
    expect(violations(resultSchema(), earlier)).toEqual([]);
  });

  it('says it with one column, one seed and nothing that fails too', async () => {
    const least = await written(everything.replace(/replications: 3|faults:\n.*\n.*\n|thresholds.*\n|matrix.*\n/g, ''));
    expect(least.cells).toHaveLength(1);
    expect(readResult(JSON.stringify(least))).toEqual({ document: least });
    expect(resultShape.undescribed(least, '')).toEqual([]);
  });
});

/** Every place in a value, as a list of keys. */
function placesIn(value: unknown, before: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [[...before]];
  return [[...before], ...Object.entries(value).flatMap(([key, inner]) => placesIn(inner, [...before, key]))];
}

function replaced(value: unknown, [key, ...rest]: readonly string[], by: unknown): unknown {
  if (key === undefined) return by;
  if (Array.isArray(value)) return value.map((item, i) => (String(i) === key ? replaced(item, rest, by) : item));
  return Object.fromEntries(
    Object.entries(value as object).flatMap(([name, inner]) => {
      if (name !== key) return [[name, inner]];
      const changed = replaced(inner, rest, by);
      return changed === undefined ? [] : [[name, changed]];
    }),
  );
}

const small = { ...document, cells: document.cells.slice(0, 2), summary: document.summary.slice(0, 2) };
const places = placesIn(small);

test.prop([fc.constantFrom(...places), fc.constantFrom<unknown>(undefined, null, 'x', -1.5, true, [], {}, [1])])(
  'the descriptor and its schema agree on every change of one value, and the descriptor says where it is',
  (place, by) => {
    fc.pre(place.length > 0 && !(by === undefined && Array.isArray(parentOf(place))));
    const changed = replaced(small, place, by);
    const read = readResult(JSON.stringify(changed));
    expect('problems' in read).toBe(violations(resultSchema(), changed).length > 0);
    if (!('problems' in read)) return;
    const path = place.reduce((path, key) => (/^\d+$/.test(key) ? `${path}[${key}]` : `${path}.${key}`));
    expect(read.problems.every((problem) => problem.startsWith(path))).toBe(true);
  },
);

function parentOf(place: readonly string[]): unknown {
  return place.slice(0, -1).reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], small);
}

describe('what is no result', () => {
  it.each([
    ['', ['expected a result.json, found text that is not JSON']],
    ['{"schema":1', ['expected a result.json, found text that is not JSON']],
    ['[]', ['expected an object, found a list']],
    ['{"schema":2}', ['schema: expected 1, found 2']],
    ['{}', ['schema: expected a value, found nothing']],
  ])('%s', (text, problems) => expect(readResult(text)).toEqual({ problems }));

  it('is told of 20 times at most', () => {
    const cells = Array.from({ length: 50 }, () => ({}));
    const read = readResult(JSON.stringify({ ...document, cells }));
    expect('problems' in read && read.problems).toHaveLength(20);
  });
});

it('lets keys pass that a later version may have added', () => {
  const later = { ...document, more: 1, cells: document.cells.map((cell) => ({ ...cell, more: {} })) };
  expect(readResult(JSON.stringify(later))).toEqual({ document: later });
  expect(violations(resultSchema(), later)).toEqual([]);
  expect(resultShape.undescribed(later, '')).toEqual(['cells[].more', 'more']);
});
