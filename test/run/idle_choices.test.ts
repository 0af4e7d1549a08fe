import { describe, expect, it } from 'vitest';
import type { TrialConfig } from '../../src/sim/config.ts';
import { fakeScenario, fakeTrial } from '../helpers/fake_report.ts';
import { fakeStudy } from '../helpers/fake_study.ts';

const [like] = fakeTrial('ring').instances;

/** Two hosts at 5 ms a request: one caller has rate x 5 ms / 2 in flight to each. */
async function warned(ratePerMs: number, callers = 1, changes: Partial<TrialConfig> = {}): Promise<boolean> {
  const trial = fakeTrial('least-request', {
    load: { arrivals: 'poisson', ratePerMs, keys: null },
    instances: ['a', 'b'].map((id) => ({ ...like, id })),
    callers: Array.from({ length: callers }, (_, i) => ({ id: `c-${i}`, zone: null, workers: 1 })),
    ...changes,
  });
  const { warnings } = await fakeStudy(fakeScenario([{ strategy: 'x', trial }], { replications: 2 }), () => ({}));
  return warnings.some(({ cause }) => cause.includes('compares requests in flight'));
}

const options = (written: TrialConfig['strategy']['options'], name = 'least-request') => ({
  strategy: { name, options: written },
});

describe('choices among idle hosts', () => {
  it('are told where 19 of 20 picks are, by the load that a single caller sees', async () => {
    // Two drawn: 2 x rate x 5 / 2 <= 0.05 up to a rate of 0.01.
    expect(await warned(0.0099)).toBe(true);
    expect(await warned(0.0101)).toBe(false);
    expect(await warned(0.099, 10)).toBe(true);
    expect(await warned(0.0059, 1, options({ choiceCount: 3 }))).toBe(true);
    expect(await warned(0.0099, 1, options({ choiceCount: 3 }))).toBe(false);
  });

  it('are only told of who draws some and compares them, and uses all hosts alike', async () => {
    expect(await warned(0.001, 1, options({ algorithm: 'nginx-random-two' }))).toBe(true);
    expect(await warned(0.001, 1, options({ algorithm: 'full-scan' }))).toBe(false);
    expect(await warned(0.001, 1, options({}, 'peak-ewma'))).toBe(false);
    expect(await warned(0.001, 1, { instances: [like] })).toBe(false);
    expect(await warned(0.001, 1, { instances: [like, { ...like, id: 'b', weight: 3 }] })).toBe(false);
    const { loadBalancer } = fakeTrial('ring');
    const subsetting = { name: 'random-aperture', options: {} };
    expect(await warned(0.001, 1, { loadBalancer: { ...loadBalancer, subsetting } })).toBe(false);
  });
});
