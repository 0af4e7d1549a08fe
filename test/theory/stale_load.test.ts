import { expect, it } from 'vitest';
import type { Host } from '../../src/balancer/host.ts';
import type { Strategy, StrategyFactory } from '../../src/balancer/strategy.ts';
import type { WrittenOptions } from '../../src/core/options.ts';
import { runWorld } from '../../src/sim/world.ts';
import { quietObserver } from '../helpers/quiet_observer.ts';
import { instances, trialOf } from '../helpers/trial.ts';
import { estimate } from './theory.ts';

/*
 * Marc Brooker, The power of two random choices (2012): ten servers, a request each second, 8 s of service, so a load of
 * 0.8; who picks goes by a copy of the queue lengths that is made anew every so often. The fresher it is the better to look
 * at all of them; as it grows old they all herd to whoever looked idle, and the fewer are compared the less of that. His
 * figure is a curve, and his servers finish one every 8 s by the clock. Compared with it is the order that his text tells
 * of: with fresh copies the best of all comes first and random last; the best of three comes first next, until the best of
 * two does, from 10 to about 70 s, where random overtakes it. The best of all is soon the worst. Milliseconds here.
 *
 * No strategy here goes by old loads: a caller knows what it has in flight, and Prequal's answers count what it sent since.
 * So the strategy is ours, and is shown old hosts.
 */
const rules = {
  random: { name: 'random', options: {} },
  two: { name: 'least-request', options: { choiceCount: 2 } },
  three: { name: 'least-request', options: { choiceCount: 3 } },
  all: { name: 'least-request', options: { algorithm: 'full-scan' } },
} satisfies Record<string, { name: string; options: WrittenOptions }>;

/** The strategy, to which hosts have in flight what they had when the present period began. */
function showingOldLoads(periodMs: number): (factory: StrategyFactory) => StrategyFactory {
  return ({ traits, create }) => ({
    traits,
    create(ports) {
      const strategy: Strategy = create(ports);
      const copies = new Map<Host, Host>();
      let period = -1;
      const refresh = (): void => {
        const now = Math.floor(ports.clock.now() / periodMs);
        if (now === period) return;
        period = now;
        for (const [copy, host] of copies) copy.inFlight = host.inFlight;
      };
      return {
        rebuild(members, _eligible, weightOf) {
          copies.clear();
          for (const host of members) copies.set({ ...host }, host);
          const shown = [...copies.keys()];
          strategy.rebuild(shown, shown, weightOf);
        },
        pick(key, attempt, draw) {
          refresh();
          return copies.get(strategy.pick(key, attempt, draw) as Host) as Host;
        },
        ...(strategy.selector && { selector: strategy.selector.bind(strategy) }),
        onStart() {},
        onEnd() {},
      };
    },
  });
}

/** Mean responses of some seeds; `periodMs` 0: the loads as they are. */
function responses(rule: keyof typeof rules, periodMs: number): number[] {
  const trial = trialOf({
    durationMs: 11_000,
    warmupMs: 1000,
    instances: instances(10, { serviceTime: { kind: 'constant', valueMs: 8 } }),
    load: { arrivals: 'constant', ratePerMs: 1, keys: null },
    strategy: rules[rule],
  });
  return Array.from({ length: 10 }, (_, seed) => {
    let [sum, count] = [0, 0];
    const observer = {
      ...quietObserver,
      done(atMs: number, _request: number, _caller: number, arrivedAtMs: number) {
        if (arrivedAtMs < trial.warmupMs) return;
        sum += atMs - arrivedAtMs;
        count++;
      },
    };
    runWorld(trial, seed + 1, () => observer, periodMs === 0 ? undefined : showingOldLoads(periodMs));
    return sum / count;
  });
}

/** Each is below the next, in the mean of the logarithm of their ratio, paired by seed, by more than Student's bound. */
function expectOrder(periodMs: number, ...order: (keyof typeof rules)[]): void {
  const found = order.map((rule) => responses(rule, periodMs));
  for (let i = 1; i < found.length; i++) {
    const { mean, bound } = estimate(found[i - 1].map((value, seed) => Math.log(value / found[i][seed])));
    expect(mean + bound, `${order[i - 1]} against ${order[i]} every ${periodMs} ms`).toBeLessThan(0);
  }
}

it('with loads as they are the more are compared the better', () => {
  expectOrder(0, 'all', 'three', 'two', 'random');
});

it('with loads up to 5 ms old the best of three comes first', () => {
  expectOrder(5, 'three', 'two', 'random');
  expectOrder(5, 'three', 'all');
});

it.each([15, 30])('with loads up to %d ms old the best of two comes first, then that of three', (periodMs) => {
  expectOrder(periodMs, 'two', 'three', 'all');
  expectOrder(periodMs, 'two', 'random');
});

it('with loads up to 100 ms old random comes first, and the best of all last', () => {
  expectOrder(100, 'random', 'two', 'three', 'all');
});
