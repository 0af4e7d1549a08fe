import { fc, test as propertyTest } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import type { Host } from '../../../src/balancer/host.ts';
import { peakEwma } from '../../../src/balancer/strategies/peak_ewma.ts';
import type { Strategy } from '../../../src/balancer/strategy.ts';
import { NO_KEY } from '../../../src/core/key.ts';
import { Outcome } from '../../../src/core/outcome.ts';
import { randomStream } from '../../../src/core/random.ts';
import { hostsOf, pickOf, rebuilt } from '../../helpers/hosts.ts';
import { ManualClock } from '../../helpers/manual_clock.ts';
import { ports } from '../../helpers/ports.ts';

const linkerd = { sampling: 'linkerd', defaultRtt: 30 };

/** Linkerd's pool over the first of these hosts, each of which has had so many answers, that take longer and longer. */
function poolOf(seed: number, answers: readonly number[], joining: number) {
  const clock = new ManualClock();
  const random = randomStream(`pool-${seed}`);
  const strategy = peakEwma.create({ options: linkerd, ...ports({ clock, random }) });
  const hosts = hostsOf(Array.from({ length: answers.length + joining }, () => ({})));
  const there = hosts.slice(0, answers.length);
  rebuilt(strategy, there, there);
  for (const [i, count] of answers.entries()) for (let k = 0; k < count; k++) answered(strategy, hosts[i], 40 + 10 * k);
  return { clock, strategy, hosts, there };
}

function answered(strategy: Strategy, host: Host, latencyMs: number): void {
  host.inFlight++;
  strategy.onStart(host);
  host.inFlight--;
  strategy.onEnd(host, latencyMs, Outcome.ok, null, host.reweighed);
}

const answers = fc.array(fc.nat(4), { minLength: 2, maxLength: 6 });

describe('whom Linkerd chose ahead', () => {
  propertyTest.prop([fc.nat(), answers, fc.nat(3), fc.nat(500), fc.nat(5)])(
    'has the next request, whoever joins and whatever is heard meanwhile',
    (seed, counts, joining, waitMs, busy) => {
      const { clock, strategy, hosts, there } = poolOf(seed, counts, joining);
      const then = pickOf(poolOf(seed, counts, joining).strategy).slot;
      strategy.chooseAhead?.();
      clock.advance(waitMs);
      for (const host of there) answered(strategy, host, host.slot === busy ? 900 : 1);
      rebuilt(strategy, hosts, hosts);
      expect(pickOf(strategy).slot).toBe(then);
    },
  );

  propertyTest.prop([fc.nat(), answers])('is passed by once it cannot be picked', (seed, counts) => {
    const { strategy, hosts, there } = poolOf(seed, counts, 0);
    const then = pickOf(poolOf(seed, counts, 0).strategy).slot;
    strategy.chooseAhead?.();
    const others = there.filter(({ slot }) => slot !== then);
    rebuilt(strategy, hosts, others);
    expect(others).toContain(pickOf(strategy));
  });

  const three = fc.array(fc.nat(4), { minLength: 3, maxLength: 6 });

  propertyTest.prop([fc.nat(), three, fc.nat()])('is forgotten where anybody leaves', (seed, counts, leaving) => {
    const { strategy, there } = poolOf(seed, counts, 0);
    strategy.chooseAhead?.();
    const rest = there.filter((_, i) => i !== leaving % counts.length);
    rebuilt(strategy, rest, rest);
    const host = pickOf(strategy);
    expect(rest).toContain(host);
    expect(ruleOf(strategy, host, [0, 0])).not.toContain('failed fast');
  });

  test('is said to be', () => {
    const { strategy } = poolOf(1, [1, 2, 3], 0);
    strategy.chooseAhead?.();
    expect(ruleOf(strategy, pickOf(strategy), [])).toContain('failed fast');
  });
});

function ruleOf(strategy: Strategy, host: Host, drawn: readonly number[]): string | undefined {
  return strategy.explain?.({ host, key: NO_KEY, attempt: 0, draw: 0, drawn })?.rule;
}
