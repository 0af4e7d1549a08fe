import { describe, expect, test } from 'vitest';
import type { Balancer } from '../../../src/balancer/balancer.ts';
import { peakEwma } from '../../../src/balancer/strategies/peak_ewma.ts';
import { NO_KEY } from '../../../src/core/key.ts';
import { Outcome } from '../../../src/core/outcome.ts';
import { balancerOf, hostNamed, instance } from '../../helpers/balancing.ts';
import { ManualClock } from '../../helpers/manual_clock.ts';
import { ports } from '../../helpers/ports.ts';
import { scriptedRandom } from '../../helpers/scripted_random.ts';

const TAU = 10_000;

/** Hosts a, b, ...; every pick draws a (0), then b (0 of the others), unless scripted otherwise. */
class Trial {
  readonly clock = new ManualClock(1000);
  readonly balancer: Balancer;

  constructor(hosts = 2, draws: readonly number[] = Array(400).fill(0)) {
    const strategy = peakEwma.create({ options: {}, ...ports({ random: scriptedRandom(draws), clock: this.clock }) });
    this.balancer = balancerOf(strategy, Array(hosts).fill(1));
  }

  get picked(): string | undefined {
    return this.balancer.pick(NO_KEY, 0)?.instance.id;
  }

  start(id: string): this {
    this.balancer.acquire(hostNamed(this.balancer, id));
    return this;
  }

  end(id: string, latencyMs: number, outcome: Outcome = Outcome.ok): this {
    this.balancer.release(hostNamed(this.balancer, id), latencyMs, outcome);
    return this;
  }

  /** An attempt that took that long and ends now. */
  answered(id: string, latencyMs: number): this {
    return this.start(id).end(id, latencyMs);
  }

  /** What `a` is estimated at, idle: found by asking against which latencies of a `b` that answers this moment it is picked. */
  estimateOfA(): number {
    let [low, high] = [0, 1e6];
    while (high - low > 1e-9 * high) {
      const middle = (low + high) / 2;
      // A fresh b: one that left and came back has no history.
      this.balancer.update([instance('a')]);
      this.balancer.update([instance('a'), instance('b')]);
      this.answered('b', middle);
      if (this.picked === 'a') high = middle;
      else low = middle;
    }
    return high;
  }
}

describe('two distinct hosts are drawn', () => {
  test.each([
    // draws of 3 and of 2; hosts compared; latencies say which wins
    [0, 0, 'a', 'b'],
    [0, 1, 'a', 'c'],
    [1, 0, 'b', 'a'],
    [1, 1, 'b', 'c'],
    [2, 0, 'c', 'a'],
    [2, 1, 'c', 'b'],
  ])('draws %i, %i: %s and %s; the first wins a tie, else the faster', (i, j, first, second) => {
    expect(new Trial(3, [i, j]).picked).toBe(first);
    expect(new Trial(3, [i, j]).answered(first, 20).answered(second, 10).picked).toBe(second);
    expect(new Trial(3, [i, j]).answered(first, 10).answered(second, 20).picked).toBe(first);
  });

  test('one host alone is taken without a draw', () => {
    expect(new Trial(1, []).picked).toBe('a');
  });
});

describe('the estimate', () => {
  test('jumps to a latency above it', () => {
    expect(new Trial(2).answered('a', 10).answered('a', 100).estimateOfA()).toBeCloseTo(100, 5);
  });

  test('moves to a latency below it by 1 - e^(-dt/tau)', () => {
    const trial = new Trial(2).answered('a', 100);
    trial.clock.advance(TAU / 2);
    trial.answered('a', 20);
    const kept = Math.exp(-0.5);
    expect(trial.estimateOfA()).toBeCloseTo(100 * kept + 20 * (1 - kept), 5);
  });

  test('decays towards 0 when read: by half in tau ln 2, however often it is read', () => {
    const trial = new Trial(2).answered('a', 100);
    trial.clock.advance(TAU * Math.LN2);
    expect(trial.estimateOfA()).toBeCloseTo(50, 5);
    for (let i = 0; i < 4; i++) {
      trial.clock.advance((TAU * Math.LN2) / 4);
      trial.balancer.pick(NO_KEY, 0);
    }
    expect(trial.estimateOfA()).toBeCloseTo(25, 5);
  });

  test('learns from failures as from answers', () => {
    for (const outcome of [Outcome.timedOut, Outcome.error, Outcome.rejected]) {
      expect(new Trial(2).start('a').end('a', 70, outcome).estimateOfA()).toBeCloseTo(70, 5);
    }
  });
});

describe('the load', () => {
  test('is the estimate times the attempts in flight and one more', () => {
    // 10 x 3 against 31, then against 29.
    expect(new Trial(2).answered('a', 10).start('a').start('a').answered('b', 31).picked).toBe('a');
    expect(new Trial(2).answered('a', 10).start('a').start('a').answered('b', 29).picked).toBe('b');
  });

  test('of a host without history is 0 while idle, so it is tried', () => {
    expect(new Trial(2).answered('a', 0.001).picked).toBe('b');
  });

  test('of a host without history is a penalty while it has not answered: tried once', () => {
    // Finagle's Long.MaxValue >> 16 and one more, in nanoseconds: 39 hours.
    expect(new Trial(2).answered('a', (2 ** 47 - 1) / 1e6).start('b').picked).toBe('a');
    expect(new Trial(2).answered('a', (2 ** 47 + 1) / 1e6).start('b').picked).toBe('b');
    // Among two such, the one with fewer attempts in flight.
    expect(new Trial(2).start('a').start('a').start('b').picked).toBe('b');
    expect(new Trial(2).start('a').start('b').start('b').picked).toBe('a');
  });
});

test('decayTime is an option', () => {
  const clock = new ManualClock();
  const options = { decayTime: 100 };
  const strategy = peakEwma.create({ options, ...ports({ random: scriptedRandom([0, 0, 0, 0]), clock }) });
  const balancer = balancerOf(strategy, [1, 1]);
  const [a, b] = balancer.members;
  balancer.acquire(a);
  balancer.release(a, 100, Outcome.ok);
  clock.advance(100);
  balancer.acquire(b);
  balancer.release(b, 36, Outcome.ok);
  // 100/e = 36.79.
  expect(balancer.pick(NO_KEY, 0)).toBe(b);
  clock.advance(0);
  balancer.acquire(b);
  balancer.release(b, 37, Outcome.ok);
  expect(balancer.pick(NO_KEY, 0)).toBe(a);
});
