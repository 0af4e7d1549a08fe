import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { strategyNamed } from '../../src/balancer/strategies/index.ts';
import { NO_KEY } from '../../src/core/key.ts';
import type { WrittenOptions } from '../../src/core/options.ts';
import { Outcome } from '../../src/core/outcome.ts';
import { CallTable } from '../../src/mesh/calls.ts';
import { PLAIN_REQUEST } from '../../src/mesh/request_policy.ts';
import { Router } from '../../src/mesh/router.ts';
import { balancerOf } from '../helpers/balancing.ts';
import { ManualClock } from '../helpers/manual_clock.ts';
import { scriptedRandom } from '../helpers/scripted_random.ts';

// What HAProxy 3.5-dev5 (commit 50872daa6) did with `retries 3`, `retry-on all-retryable-errors` and the `option redispatch`
// of each run, or none where it is 0: one thread, one request after the other, some servers closing every connection. It
// ran as it is published, but that src/backend.c and src/lb_fwlc.c wrote down what they drew.

interface Run {
  readonly strategy: string;
  readonly options: WrittenOptions;
  readonly weights: readonly number[];
  readonly redispatch: number;
  readonly failing: string;
  /** Whether servers hold requests until they are told to answer; else they answer at once. */
  readonly held: boolean;
  /** `ac`, tried at a, then at c; `ac5`, with key 5; `-c:2`, the third of those held is answered, by c. */
  readonly record: string;
  readonly draws: readonly number[];
}

const runs: readonly Run[] = JSON.parse(readFileSync(new URL('./redispatch_measured.json', import.meta.url), 'utf8'));

/** The record again, as this router has it. */
function replayed(run: Run): string {
  const random = scriptedRandom(run.draws);
  const strategy = strategyNamed(run.strategy).withOptions(run.options);
  const balancer = balancerOf(strategy, run.weights, { random, keyText: String });
  const calls = new CallTable(4);
  const held: { readonly call: number; readonly id: string }[] = [];
  let path = '';
  const router: Router = new Router({
    clock: new ManualClock(),
    balancer,
    transport: {
      send: (call, { instance: { id } }) => {
        path += id;
        if (run.failing.includes(id)) router.settle(call, Outcome.reset);
        else if (run.held) held.push({ call, id });
        else router.settle(call, Outcome.ok);
      },
      abandon: () => {},
    },
    request: { ...PLAIN_REQUEST, retries: 3, retryOn: ['reset'], redispatch: run.redispatch },
    calls,
    observer: { onSend: () => {}, onAttemptEnd: () => {} },
    onDone: () => {},
  });
  const words = run.record.split(' ').map((word) => {
    const number = /\d*$/.exec(word)?.[0] ?? '';
    if (word.startsWith('-')) {
      const [{ call, id }] = held.splice(Number(number), 1);
      router.settle(call, Outcome.ok);
      return `-${id}:${number}`;
    }
    path = '';
    router.start(calls.open(), number === '' ? NO_KEY : Number(number));
    return path + number;
  });
  expect(() => random.uint32()).toThrow('asked for one more');
  return words.join(' ');
}

describe('retries of HAProxy', () => {
  test.each(runs)('$strategy $options $weights, redispatch $redispatch, failing: "$failing"', (run) => {
    expect(replayed(run)).toBe(run.record);
  });
});
