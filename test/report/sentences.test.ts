import { expect, it } from 'vitest';
import { comparisonSentences } from '../../src/report/sentences.ts';
import { fakeScenario } from '../helpers/fake_report.ts';
import { fakeStudy } from '../helpers/fake_study.ts';

it('says how much, not what part, where the interval of the ratio does not bear the difference out', async () => {
  const scenario = fakeScenario([{ strategy: 'ring' }, { strategy: 'random' }], { replications: 3 });
  const { document } = await fakeStudy(scenario, (strategy, seed) => ({
    p99: (strategy === 'ring' ? 400 : 600) + (seed % 3),
  }));
  const p99 = (ratioLow: number) =>
    comparisonSentences({
      ...document,
      comparison: document.comparison.map((row) => ({ ...row, ratioLow })),
    }).find(({ metric }) => metric === 'latency.p99')?.saying;
  expect(p99(1.4)).toMatch(/^p99 50% higher \[40%, \d+%\]$/);
  expect(p99(0.5)).toMatch(/^p99 200 ms higher \[200 ms, 200 ms\]$/);
});
