import { describe, expect, it } from 'vitest';
import { runBareQueues } from '../../bench/bare_queues.ts';
import { jobs } from '../../bench/contenders.ts';
import { benchEngine, plainTrial } from '../../bench/engine.ts';
import { noIsolate } from '../../bench/isolate.ts';
import { benchStrategies } from '../../bench/strategies.ts';
import { strategies } from '../../src/balancer/strategies/index.ts';
import { runTrial } from '../../src/run/trial.ts';

describe('the benches', () => {
  it('run, tiny, and print a line for each contender', async () => {
    expect((await benchEngine({ requests: 2000, rounds: 1 })).split('\n')).toHaveLength(5);
    const table = await benchStrategies({ hosts: [10], timeMs: 0.1, rounds: 1, isolate: noIsolate, csv: null });
    for (const { name } of strategies) expect(table).toMatch(new RegExp(`^${name}[ (]`, 'm'));
    for (const { peers } of jobs) for (const peer of peers) expect(table).toContain(`${peer}, npm`);
  });

  it('compare like with like: the bare loop and the simulator have the same mean response', () => {
    // Each queue is an E20/M/1 at load 0.7: sigma = (14 / (15 - sigma))^20, W = 1 / (1 - sigma).
    let sigma = 0.5;
    for (let i = 0; i < 10_000; i++) sigma = (14 / (15 - sigma)) ** 20;
    const expected = 1 / (1 - sigma);
    expect(runBareQueues(20, 0.7, 1_000_000, 1) / expected).toBeCloseTo(1, 1.7);
    // Until every host has passed its first check the others carry its load: leave that out.
    const trial = { ...plainTrial(1_400_000), warmupMs: 20_000 };
    const { latencyMs } = runTrial(trial, 1, { recordSeries: false }).measures;
    expect((latencyMs.mean ?? 0) / expected).toBeCloseTo(1, 1.7);
  });
});
