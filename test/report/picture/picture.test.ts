import { fc, test } from '@fast-check/vitest';
import picocolors from 'picocolors';
import { describe, expect, it } from 'vitest';
import type { SeriesRow } from '../../../src/metrics/measures.ts';
import { createPicture } from '../../../src/report/picture/picture.ts';
import type { SeriesSink } from '../../../src/run/replications.ts';
import type { Scenario } from '../../../src/scenario/scenario.ts';
import { fakeScenario, fakeTrial } from '../../helpers/fake_report.ts';
import { fakeStudy } from '../../helpers/fake_study.ts';

const plain = picocolors.createColors(false);
const DURATION = 60_000;

/** A minute in which the strategies fail a share of requests, and are slow, from 20 s to 30 s. */
function series(worst: number): SeriesRow[] {
  return Array.from({ length: DURATION / 1000 }, (_, second) => {
    const bad = second >= 20 && second < 30;
    const row = { tMs: second * 1000, subject: 'all' };
    return [
      { ...row, metric: 'offered', value: 100 },
      { ...row, metric: 'failed', value: bad ? 100 * worst : 0 },
      { ...row, metric: 'latency_p99_ms', value: bad ? 1000 * worst + 10 : 10 },
    ];
  }).flat();
}

function scenarioOf(strategies: readonly string[]): Scenario {
  const faults = [
    {
      action: { kind: 'crash' },
      target: { kind: 'count', count: 1 },
      when: { kind: 'at', atMs: 20_000, forMs: 10_000 },
    },
  ] as const;
  return fakeScenario(
    strategies.map((strategy) => ({ strategy, trial: fakeTrial(strategy, { durationMs: DURATION, faults }) })),
  );
}

async function drawn(strategies: readonly string[], width: number) {
  const scenario = scenarioOf(strategies);
  const picture = createPicture(scenario.columns, width);
  const passed: SeriesRow[] = [];
  const sink: SeriesSink = async (label, seed, rows) => {
    const own = seed === null ? rows : series(label.strategy === 'ring' ? 1 : 0.1);
    passed.push(...(picture?.watch(label, seed, own) ?? own));
  };
  const { document } = await fakeStudy(scenario, () => ({}), sink);
  return { lines: picture?.lines(document, plain) ?? null, passed };
}

describe('the picture', () => {
  it('shows where in time things went wrong, on one scale for all', async () => {
    const { lines } = await drawn(['ring', 'random'], 109);
    // 60 parts of a second: a block each.
    expect(lines).toEqual([
      'Over time, seed 7: 0 to 60 s, a block 1 s',
      `  requests ok  ring    ${'█'.repeat(20)}${'▁'.repeat(10)}${'█'.repeat(30)}  lowest 0%`,
      `               random  ${'█'.repeat(20)}${'▇'.repeat(10)}${'█'.repeat(30)}  lowest 90%`,
      `  faults       all     ${' '.repeat(20)}${'▔'.repeat(10)}${' '.repeat(30)}  crash`,
      `  latency p99  ring    ${'▁'.repeat(20)}${'█'.repeat(10)}${'▁'.repeat(30)}  highest 1.01 s`,
      `               random  ${'▁'.repeat(20)}${'▄'.repeat(10)}${'▁'.repeat(30)}  highest 110 ms`,
      `  share        all     ▄${' '.repeat(59)}  all 1x`,
      '  share: a block an instance, ▄ what was expected of it, █ twice that or more',
    ]);
  });

  test.prop([fc.integer({ min: 80, max: 200 }), fc.integer({ min: 1, max: 8 })], { numRuns: 20 })(
    'fits the width and has five lines a strategy at most, but for its heading and legend',
    async (width, count) => {
      const names = Array.from({ length: count }, (_, i) => `strategy-with-a-long-name-${i}`);
      const { lines } = await drawn(names, width);
      expect(lines).not.toBeNull();
      for (const line of lines ?? []) expect(line.length).toBeLessThanOrEqual(width);
      expect(lines?.length).toBeLessThanOrEqual(5 * count + 2);
    },
  );

  it('is not drawn for more than eight columns, or where it would not fit', async () => {
    const names = Array.from({ length: 9 }, (_, i) => `s-${i}`);
    expect((await drawn(names, 200)).lines).toBeNull();
    expect((await drawn(['ring'], 79)).lines).toBeNull();
  });

  it('lets every row pass', async () => {
    const { passed } = await drawn(['ring'], 100);
    expect(passed.filter(({ metric }) => metric !== 'up_share' && metric !== 'up_model').slice(0, 180)).toEqual(
      series(1),
    );
  });

  it('is of shares alone where a run is too short for a line of time', async () => {
    const scenario = fakeScenario([{ strategy: 'ring' }]);
    const picture = createPicture(scenario.columns, 100);
    const sink: SeriesSink = async (label, seed, rows) => void [...(picture?.watch(label, seed, rows) ?? [])];
    const { document } = await fakeStudy(scenario, () => ({}), sink);
    expect(picture?.lines(document, plain).slice(0, 2)).toEqual(['Shares, seed 7', '  share        ▄  all 1x']);
  });

  it('is nothing where there were no series', async () => {
    const scenario = scenarioOf(['ring']);
    const { document } = await fakeStudy(scenario, () => ({}));
    expect(createPicture(scenario.columns, 100)?.lines(document, plain)).toEqual([]);
  });
});
