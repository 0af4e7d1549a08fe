import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { strategyNamed } from '../../src/balancer/strategies/index.ts';
import { NO_CALL, WaitingCalls } from '../../src/mesh/waiting_calls.ts';
import { balancerOf } from '../helpers/balancing.ts';
import { ports } from '../helpers/ports.ts';

const hosts = balancerOf(strategyNamed('ring').create({ ...ports(), options: {} }), [1, 1, 1]).members;

describe('calls that wait', () => {
  const place = fc.constantFrom('anyone' as const, ...hosts);
  const step = fc.tuple(fc.integer({ min: 0, max: 80 }), place);

  it('stand in lines, each in order of entry, whoever leaves', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const waiting = new WaitingCalls();
        let naive: { call: number; at: (typeof steps)[number][1]; entry: number }[] = [];
        for (const [i, [call, at]] of steps.entries()) {
          if (naive.some((one) => one.call === call)) {
            waiting.leave(call);
            naive = naive.filter((one) => one.call !== call);
          } else {
            waiting.enter(call, at);
            naive.push({ call, at, entry: i });
          }
          expect(waiting.size).toBe(naive.length);
          for (const line of ['anyone' as const, ...hosts]) {
            const expected = naive.filter((one) => one.at === line).map((one) => one.call);
            expect(waiting.toArray(line)).toStrictEqual(expected);
            expect(waiting.lengthOf(line)).toBe(expected.length);
            expect(waiting.first(line)).toBe(expected[0] ?? NO_CALL);
          }
          // Entries of all lines rise together.
          expect([...naive].sort((a, b) => waiting.entryOf(a.call) - waiting.entryOf(b.call))).toStrictEqual(naive);
        }
      }),
    );
  });

  it('are in one line at a time, and leave it once', () => {
    const waiting = new WaitingCalls();
    waiting.enter(3, 'anyone');
    expect(() => waiting.enter(3, hosts[0])).toThrow('call 3 waits already');
    waiting.leave(3);
    expect(() => waiting.leave(3)).toThrow('expected call 3 in a line, found it in none');
    expect(() => waiting.leave(1000)).toThrow('expected call 1000 in a line, found it in none');
    expect(waiting.entryOf(1000)).toBe(0);
  });
});
