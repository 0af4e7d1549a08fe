import { describe, expect, test } from 'vitest';
import type { Balancer } from '../../src/balancer/balancer.ts';
import type { BalancerSettings } from '../../src/balancer/balancer_settings.ts';
import type { Host } from '../../src/balancer/host.ts';
import type { LoadBalancerSettings, SlowStart } from '../../src/balancer/load_balancer.ts';
import { strategyNamed } from '../../src/balancer/strategies/index.ts';
import type { LoadProbe, StrategyFactory } from '../../src/balancer/strategy.ts';
import { Weights } from '../../src/balancer/weights.ts';
import { NO_KEY } from '../../src/core/key.ts';
import { Outcome } from '../../src/core/outcome.ts';
import {
  answeredAtOnce,
  balancerOf,
  balancerWith,
  countsOf,
  hostNamed,
  instance,
  sequence,
} from '../helpers/balancing.ts';
import { listening } from '../helpers/listening.ts';
import { ManualClock } from '../helpers/manual_clock.ts';
import { scriptedRandom } from '../helpers/scripted_random.ts';

const noDraws = (): ReturnType<typeof scriptedRandom> => scriptedRandom(Array(1000).fill(0));
const smooth = strategyNamed('weighted-round-robin').withOptions({});
const edf = strategyNamed('weighted-round-robin').withOptions({ algorithm: 'edf' });

/** nginx's smooth round robin, which reads weights in `rebuild`, and what it read: `a1 b0.5`. */
function recorded(log: string[]): StrategyFactory {
  return {
    ...smooth,
    create: (ports) => {
      const strategy = smooth.create(ports);
      return listening(strategy, (members, eligible, weightOf) => {
        log.push(eligible.map((host) => `${host.instance.id}${Number(weightOf(host).toFixed(9))}`).join(' '));
        strategy.rebuild(members, eligible, weightOf);
      });
    },
  };
}

function bounce(balancer: Balancer, id: string): void {
  balancer.setHealthy(hostNamed(balancer, id), false);
  answeredAtOnce(balancer, 1);
  balancer.setHealthy(hostNamed(balancer, id), true);
}

describe("Envoy's slow start", () => {
  const slowStart: SlowStart = { kind: 'envoy', windowMs: 10_000, aggression: 1, minWeightShare: 0.1 };

  test('a schedule reads the weight of a host when it puts the host back, not before', () => {
    const clock = new ManualClock(100_000);
    const balancer = balancerOf(edf, [1, 1], { slowStart, clock, random: noDraws() });
    clock.advance(20_000);
    bounce(balancer, 'b');
    // b weighs 0.1: its turn comes at 10, those of a at 1, 2, 3, ...
    expect(sequence(balancer, 3)).toBe('aaa');
    clock.advance(5000);
    // It weighs 0.5 by now, but its turn comes at 10 all the same. The next ones come at 12, 14, ...
    expect(sequence(balancer, 13)).toBe('aaaaaabaabaab');
  });

  test('a host that is back from an ejection is not eased in: only active checks begin it', () => {
    const clock = new ManualClock(100_000);
    const balancer = balancerOf(edf, [1, 1], { slowStart, clock, random: noDraws() });
    clock.advance(20_000);
    const b = hostNamed(balancer, 'b');
    balancer.setHealthy(b, false, 'ejection');
    answeredAtOnce(balancer, 1);
    balancer.setHealthy(b, true, 'ejection');
    const picked = sequence(balancer, 10);
    expect(picked.split('b')).toHaveLength(6);
  });

  // EdfLoadBalancerBase::refresh: no schedule for one host, so round robin moves its cursor and least request draws.
  test('one host has no schedule, in slow start or not', () => {
    const clock = new ManualClock();
    const turns = balancerOf(edf, [1], { slowStart, clock, random: noDraws() });
    expect(sequence(turns, 3)).toBe('aaa');
    turns.update([instance('a'), instance('b')]);
    clock.advance(20_000);
    // Begun anew, now that nobody is in slow start: the cursor stands at 3.
    turns.setHealth(hostNamed(turns, 'a'), { degraded: true });
    turns.setHealth(hostNamed(turns, 'a'), { degraded: false });
    expect(sequence(turns, 2)).toBe('ba');

    // The seed, and for each pick one draw for the priority and two choices.
    const random = scriptedRandom(Array(1 + 3 * 3).fill(0));
    const least = balancerOf(strategyNamed('least-request').withOptions({}), [1], { slowStart, random });
    expect(sequence(least, 3)).toBe('aaa');
    expect(() => random.uint32()).toThrow('asked for one more');
  });

  // EdfLoadBalancerBase::applySlowStartFactor: only a host whose coarse health is Healthy.
  test('in panic, and among degraded hosts, nobody is eased in', () => {
    const log: string[] = [];
    const clock = new ManualClock(100_000);
    const balancer = balancerOf(recorded(log), [1, 1], { slowStart, clock, panicThreshold: 1 });
    clock.advance(20_000);
    bounce(balancer, 'b');
    answeredAtOnce(balancer, 1);
    expect(log.at(-1)).toBe('a1 b0.1');
    balancer.setHealth(hostNamed(balancer, 'b'), { degraded: true });
    balancer.setHealthy(hostNamed(balancer, 'a'), false);
    answeredAtOnce(balancer, 1);
    expect(log.at(-1)).toBe('a1 b1');
    balancer.setHealth(hostNamed(balancer, 'b'), { degraded: false });
    balancer.setHealthy(hostNamed(balancer, 'b'), false);
    answeredAtOnce(balancer, 1);
    expect(log.at(-1)).toBe('a1 b1');
  });

  // EdfLoadBalancerBase: latest_host_added_time_, noHostsAreInSlowStart.
  test('begins with the balancer, and is over a whole millisecond after its end', () => {
    const clock = new ManualClock(100_000);
    const weights = new Weights(clock, slowStart);
    clock.advance(10_000.9);
    expect(weights.easingIn()).toBe(true);
    clock.advance(0.1);
    expect(weights.easingIn()).toBe(false);
  });

  // recalculateHostsInSlowStart looks at healthy hosts only.
  test('does not begin with a host that joins unhealthy, but when it is found healthy', () => {
    const clock = new ManualClock(100_000);
    const [host] = balancerOf(recorded([]), [1], { initiallyHealthy: false }).members;
    const weights = new Weights(clock, slowStart);
    clock.advance(10_001);
    weights.join([host]);
    expect(weights.easingIn()).toBe(false);
    weights.recover(host);
    weights.notice([host]);
    expect(weights.easingIn()).toBe(false);
    host.latest.healthy = true;
    weights.notice([host]);
    expect(weights.easingIn()).toBe(true);
  });

  test('a check that passes while something else speaks against its host is what it is eased in from', () => {
    const clock = new ManualClock(100_000);
    const [host] = balancerOf(recorded([]), [1], { initiallyHealthy: false }).members;
    const weights = new Weights(clock, slowStart);
    weights.join([host]);
    weights.checkPassed(host);
    clock.advance(6000);
    host.latest.healthy = true;
    weights.notice([host]);
    expect(weights.of(host)).toBeCloseTo(0.6);
  });

  // Its lastHcPassTime is of the check, and latest_host_added_time_ goes by it.
  test('a check that passes long before its host is well begins nothing', () => {
    const clock = new ManualClock(100_000);
    const [host] = balancerOf(recorded([]), [1], { initiallyHealthy: false }).members;
    const weights = new Weights(clock, slowStart);
    clock.advance(10_001);
    weights.join([host]);
    weights.recover(host);
    clock.advance(10_001);
    host.latest.healthy = true;
    weights.notice([host]);
    expect(weights.easingIn()).toBe(false);
  });

  test('without active checks a host is eased in from the moment it joins, otherwise from when it is found healthy', () => {
    for (const initiallyHealthy of [true, false]) {
      const log: string[] = [];
      const clock = new ManualClock();
      const balancer = balancerOf(recorded(log), [1], { slowStart, clock, initiallyHealthy });
      for (const host of balancer.members) balancer.setHealthy(host, true);
      clock.advance(10_000);
      answeredAtOnce(balancer, 1);
      balancer.update([instance('a'), instance('b')]);
      if (!initiallyHealthy) {
        clock.advance(3000);
        answeredAtOnce(balancer, 1);
        balancer.setHealthy(hostNamed(balancer, 'b'), true);
      }
      clock.advance(2000);
      answeredAtOnce(balancer, 1);
      expect(log.at(-1)).toBe('a1 b0.2');
    }
  });

  test('a strategy that reads weights in rebuild has them read each second, and once after the end', () => {
    const log: string[] = [];
    const clock = new ManualClock(100_000);
    const settings = { slowStart: { ...slowStart, windowMs: 2500 }, clock };
    const balancer = balancerOf(recorded(log), [1, 1], settings);
    clock.advance(5000);
    bounce(balancer, 'b');
    log.length = 0;
    for (let i = 0; i < 20; i++) {
      answeredAtOnce(balancer, 1);
      clock.advance(500);
    }
    expect(log).toEqual(['a1 b0.1', 'a1 b0.4', 'a1 b0.8', 'a1 b1']);
  });

  test('a host that starts over and over does not hold up the weights of the others', () => {
    const clock = new ManualClock(100_000);
    const balancer = balancerWith({
      strategy: smooth,
      slowStart: { kind: 'haproxy', windowMs: 10_000 },
      clock,
    });
    balancer.update([instance('a'), instance('b'), { ...instance('far'), priority: 1 }]);
    bounce(balancer, 'a');
    for (let ms = 0; ms < 12_000; ms += 900) {
      clock.advance(900);
      bounce(balancer, 'far');
      answeredAtOnce(balancer, 4);
    }
    expect(countsOf(balancer, answeredAtOnce(balancer, 100)).slice(0, 2)).toEqual([50, 50]);
  });

  const answersAtOnce: LoadProbe = (host, done) => done(host, 0, 1);
  const prequal = strategyNamed('prequal').withOptions({});

  test.each([
    ['that follows weights', edf],
    ['for which weights do not count', prequal],
  ])('a strategy %s is not rebuilt for them', (_, factory) => {
    let rebuilt = 0;
    const clock = new ManualClock();
    const create: StrategyFactory['create'] = (ports) => {
      const strategy = factory.create(ports);
      return listening(strategy, (...told) => {
        rebuilt++;
        strategy.rebuild(...told);
      });
    };
    const balancer = balancerOf({ ...factory, create }, [1, 1], { slowStart, clock, probeLoad: answersAtOnce });
    answeredAtOnce(balancer, 1);
    const early = rebuilt;
    for (let i = 0; i < 20; i++) {
      clock.advance(700);
      answeredAtOnce(balancer, 1);
    }
    expect(rebuilt).toBe(early);
  });
});

describe("HAProxy's slow start", () => {
  const slowStart: SlowStart = { kind: 'haproxy', windowMs: 4000 };

  test('steps up each whole second, in sixteenths', () => {
    const log: string[] = [];
    const clock = new ManualClock(100_000);
    const balancer = balancerOf(recorded(log), [16, 16], { slowStart, clock });
    // New hosts are not eased in.
    answeredAtOnce(balancer, 1);
    expect(log.splice(0)).toEqual(['a16 b16']);
    bounce(balancer, 'b');
    log.length = 0;
    for (let i = 0; i < 30; i++) {
      answeredAtOnce(balancer, 1);
      clock.advance(250);
    }
    expect(log).toEqual(['a16 b1', 'a16 b5', 'a16 b9', 'a16 b13', 'a16 b16']);
  });

  test('each server steps up a second after its own start, whoever else is eased in', () => {
    const log: string[] = [];
    const clock = new ManualClock(100_000);
    const balancer = balancerOf(recorded(log), [16, 16, 16], { slowStart, clock });
    bounce(balancer, 'b');
    clock.advance(500);
    bounce(balancer, 'c');
    log.length = 0;
    for (let i = 0; i < 50; i++) {
      answeredAtOnce(balancer, 1);
      clock.advance(100);
    }
    const steps = ['b1 c1', 'b5 c1', 'b5 c5', 'b9 c5', 'b9 c9', 'b13 c9', 'b13 c13', 'b16 c13', 'b16 c16'];
    expect(log).toEqual(steps.map((step) => `a16 ${step}`));
  });

  test('lasts for whole seconds, rounded up', () => {
    const log: string[] = [];
    const clock = new ManualClock(100_000);
    const settings = { slowStart: { kind: 'haproxy', windowMs: 1500 } as const, clock };
    const balancer = balancerOf(recorded(log), [16, 16], settings);
    bounce(balancer, 'b');
    log.length = 0;
    for (const ms of [0, 1600, 300, 100, 1000, 1000]) {
      clock.advance(ms);
      answeredAtOnce(balancer, 1);
    }
    expect(log).toEqual(['a16 b1', 'a16 b9', 'a16 b16']);
  });

  // As measured on HAProxy 3.5-dev5: `init-state down slowstart 5s`, at the first check passed.
  test('is also for hosts that were down from the start and are found healthy for the first time', () => {
    const log: string[] = [];
    const balancer = balancerOf(recorded(log), [16, 16], { slowStart, initiallyHealthy: false });
    for (const host of balancer.members) balancer.setHealthy(host, true);
    answeredAtOnce(balancer, 1);
    bounce(balancer, 'b');
    answeredAtOnce(balancer, 1);
    expect(log).toEqual(['a1 b1', 'a1', 'a1 b1']);
  });

  // As measured there, with `slowstart 5s`: static-rr and hash-type map-based have no BE_LB_PROP_DYN.
  test.each([
    ['weighted-round-robin', { algorithm: 'static-rr' }, true],
    ['modulo-hash', {}, true],
    ['modulo-hash', { system: 'nginx' }, false],
    ['weighted-round-robin', { algorithm: 'fwrr' }, false],
  ])('changes no weight of a static algorithm: %s %j', (name, options, fixed) => {
    const keys = Array.from({ length: 200 }, (_, key) => key);
    const balancer = balancerOf(strategyNamed(name).withOptions(options), [16, 16], { slowStart, keyText: String });
    const picks = (): number => keys.filter((key) => balancer.pick(key, 0)?.instance.id === 'b').length;
    const usual = picks();
    bounce(balancer, 'b');
    if (fixed) expect(picks()).toBe(usual);
    else expect(picks()).toBeLessThan(usual / 2);
  });

  test('reaches the full weight however seldom somebody picks, and keeps step with its start', () => {
    const log: string[] = [];
    const clock = new ManualClock(100_000);
    const balancer = balancerOf(recorded(log), [16, 16], { slowStart, clock });
    bounce(balancer, 'b');
    log.length = 0;
    for (const ms of [0, 1900, 100, 1900, 400, 3000, 3000]) {
      clock.advance(ms);
      answeredAtOnce(balancer, 1);
    }
    // At 0, 1.9, 2.0, 3.9, 4.3 s and later.
    expect(log).toEqual(['a16 b1', 'a16 b5', 'a16 b9', 'a16 b13', 'a16 b16']);
  });
});

describe('subsetting', () => {
  const settings = (
    name: string,
    options: Record<string, number>,
  ): Partial<LoadBalancerSettings & BalancerSettings> => ({
    subsetting: { name, options },
    place: { zone: null, index: 0, count: 2, peersByZone: new Map() },
  });

  test('a host across the edge of a deterministic aperture counts for its part, with weighted strategies', () => {
    // The slice of the first of two callers: half of the ring, which is two and a half of five hosts.
    const log: string[] = [];
    const balancer = balancerOf(recorded(log), [1, 1, 1, 1, 1], settings('deterministic-aperture', { minAperture: 2 }));
    expect(balancer.eligible.map((host) => host.instance.id)).toEqual(['a', 'b', 'c']);
    expect(countsOf(balancer, answeredAtOnce(balancer, 500))).toEqual([200, 200, 100, 0, 0]);
    expect(log).toEqual(['a1 b1 c0.5']);
  });

  test('a random aperture widens with what is in flight, at the next pick', () => {
    const pickable = new Set<Host>();
    const balancer = balancerOf(smooth, [1, 1, 1, 1], {
      ...settings('random-aperture', { minAperture: 1, smoothWindow: 0 }),
      observer: {
        onAdded() {},
        onRemoved() {},
        onPanic() {},
        onPickable: (host, is) => void (is ? pickable.add(host) : pickable.delete(host)),
      },
    });
    const widths: number[] = [];
    const sent: Host[] = [];
    for (let i = 0; i < 4; i++) {
      const host = balancer.pick(NO_KEY, 0);
      if (host === null) throw new Error('nobody to pick');
      widths.push(pickable.size);
      balancer.acquire(host);
      sent.push(host);
    }
    // In flight per host used, after each: 1, 2 (one more), 1.5 (one more), 1.33 (one more).
    expect(widths).toEqual([1, 1, 2, 3]);
    expect(balancer.eligible).toHaveLength(4);
    expect(new Set(balancer.eligible)).toEqual(pickable);
    for (const host of sent) balancer.release(host, 1, Outcome.ok);
    balancer.pick(NO_KEY, 0);
    // 0.75, 0.67, 0.5 and 0: four times at or below 0.875, and never below one.
    expect(pickable.size).toBe(1);
  });
});
