import { describe, expect, test } from 'vitest';
import type { Host } from '../../../src/balancer/host.ts';
import { FinagleNodes } from '../../../src/balancer/parts/finagle_nodes.ts';
import { LatencyEstimates } from '../../../src/balancer/parts/latency_estimates.ts';
import { peakEwma } from '../../../src/balancer/strategies/peak_ewma.ts';
import type { Strategy } from '../../../src/balancer/strategy.ts';
import { NO_KEY } from '../../../src/core/key.ts';
import type { LoadReport } from '../../../src/core/load_report.ts';
import type { WrittenOptions } from '../../../src/core/options.ts';
import { Outcome } from '../../../src/core/outcome.ts';
import { randomStream } from '../../../src/core/random.ts';
import { FLOYD_DRAWS } from '../../helpers/floyd_draws.ts';
import { hostsOf, pickOf, rebuilt } from '../../helpers/hosts.ts';
import { loadReport } from '../../helpers/load_reports.ts';
import { ManualClock } from '../../helpers/manual_clock.ts';
import { ports } from '../../helpers/ports.ts';
import { scriptedRandom } from '../../helpers/scripted_random.ts';

/** One host's estimate, with attempts that start and end. */
class Estimate {
  readonly estimates: LatencyEstimates;
  readonly host: Host;
  now = 0;
  private readonly perMs: number;

  constructor(decayTime: number, defaultRtt: number, peakAboveDecayed = false) {
    // In nanoseconds, or Linkerd's seconds.
    this.perMs = peakAboveDecayed ? 1e-3 : 1e6;
    this.estimates = new LatencyEstimates({ decayTime, defaultRtt, peakAboveDecayed }, new FinagleNodes());
    [this.host] = hostsOf([{}]);
    this.estimates.know([this.host]);
  }

  get load(): number {
    this.estimates.now[0] = this.now;
    const at = this.estimates.readLoad(this.host);
    return this.estimates.loads[at] / this.perMs;
  }

  /** An attempt sent at that time ends. */
  end(sentAt: number): void {
    this.host.inFlight--;
    this.estimates.now[0] = this.now;
    this.estimates.observe(this.host, this.now - sentAt);
  }
}

describe('Tower', () => {
  // Figures of tower's peak_ewma.rs, tests default_decay and compound_decay; times in milliseconds.
  test('a host starts with the default, which decays', () => {
    const estimate = new Estimate(1000, 10);
    expect(estimate.load).toBe(10);
    estimate.now = 100;
    expect(estimate.load).toBeCloseTo(10 * Math.exp(-0.1), 9);
    estimate.now = 200;
    expect(estimate.load).toBeCloseTo(10 * Math.exp(-0.2), 9);
  });

  test('attempts in flight count from the start, and a peak replaces what is left of the default', () => {
    const estimate = new Estimate(1000, 20);
    expect(estimate.load).toBe(20);
    estimate.now = 100;
    estimate.host.inFlight++;
    expect(estimate.load).toBeGreaterThan(20);
    estimate.now = 200;
    estimate.host.inFlight++;
    expect(estimate.load).toBeGreaterThan(40);
    estimate.now = 300;
    estimate.end(100);
    expect(estimate.load).toBe(400);
    estimate.now = 400;
    estimate.end(200);
    expect(estimate.load).toBe(200);
    estimate.now = 1400;
    expect(estimate.load).toBeLessThan(100);
    estimate.now = 11_400;
    expect(estimate.load).toBeLessThan(0.1);
  });

  test.each(FLOYD_DRAWS)('draws %j: %s; the first of equals, else the faster', (draws, pair) => {
    const [first, second] = [...pair].map((id) => 'abc'.indexOf(id));
    const made = (): [Strategy, Host[]] => {
      const options = { defaultRtt: 1000, sampling: 'tower' };
      const hosts = hostsOf([{ id: 'a' }, { id: 'b' }, { id: 'c' }]);
      return [rebuilt(peakEwma.create({ options, ...ports({ random: scriptedRandom(draws) }) }), hosts), hosts];
    };
    const [even, equals] = made();
    expect(pickOf(even)).toBe(equals[first]);
    const [uneven, hosts] = made();
    hosts[first].inFlight = 1;
    expect(pickOf(uneven)).toBe(hosts[second]);
    expect(() => pickOf(uneven)).toThrow('asked for one more');
  });

  test('there is no penalty for what has decayed to nothing', () => {
    const estimate = new Estimate(1000, 10);
    estimate.now = 1e6;
    estimate.host.inFlight++;
    expect(estimate.load).toBe(0);
  });

  test('a host that joins later starts then, and one that is known goes on', () => {
    const clock = new ManualClock();
    const random = scriptedRandom([0, 0, 1, 0]);
    const strategy = peakEwma.create({ options: { defaultRtt: 1000 }, ...ports({ random, clock }) });
    const hosts = hostsOf([{ id: 'a' }, { id: 'b' }]);
    rebuilt(strategy, hosts.slice(0, 1));
    clock.advance(5000);
    rebuilt(strategy, hosts);
    // Whichever is drawn first: 1000 e^(-1/2) against 1000.
    expect([pickOf(strategy), pickOf(strategy)]).toEqual([hosts[0], hosts[0]]);
  });
});

describe('a peak is what is above', () => {
  test('the estimate as last read, or as decayed by now', () => {
    for (const [peakAboveDecayed, expected] of [
      [false, 100 * Math.exp(-1) + 50 * (1 - Math.exp(-1))],
      [true, 50],
    ] as const) {
      const estimate = new Estimate(1000, 100, peakAboveDecayed);
      estimate.now = 1000;
      estimate.estimates.now[0] = estimate.now;
      estimate.estimates.observe(estimate.host, 50);
      // 100 has decayed to 36.8.
      expect(estimate.load).toBeCloseTo(expected, 9);
    }
  });
});

// Finagle's PeakEwma counts in nanoseconds, and so does Tower's; the moments within one are one.
test('times are whole nanoseconds', () => {
  const estimate = new Estimate(1000, 0);
  estimate.host.inFlight++;
  estimate.now = 0.1 + 0.2;
  estimate.end(0);
  expect(estimate.load).toBe(0.3);
});

test('and so is the time by which an estimate has aged', () => {
  const estimate = new Estimate(1, 20);
  estimate.now = 0.4e-6;
  expect(estimate.load).toBe(20);
  estimate.host.inFlight++;
  estimate.now = 30 + 0.6e-6;
  estimate.end(0);
  estimate.now = 30 + 1e-6;
  expect(estimate.load).toBe(30 + 1e-6);
});

describe('Linkerd', () => {
  const options = { defaultRtt: 100, peak: 'decayed', failurePenalty: 5000 };

  /** What `a` is estimated at: b, always drawn first and idle, is picked up to the latency it has just had. */
  class Pair {
    readonly clock = new ManualClock();
    readonly hosts = hostsOf([{ id: 'a' }, { id: 'b' }]);
    readonly strategy: Strategy;

    constructor() {
      const random = scriptedRandom(Array.from({ length: 10_000 }, (_, i) => (i + 1) % 2));
      this.strategy = rebuilt(peakEwma.create({ options, ...ports({ random, clock: this.clock }) }), this.hosts);
    }

    end(outcome: Outcome, latencyMs: number, report: LoadReport | null = null): void {
      this.strategy.onEnd(this.hosts[0], latencyMs, outcome, report, this.hosts[0].reweighed);
    }

    get estimateOfA(): number {
      // b's latency only rises, so each is a peak.
      let latencyMs = 0;
      for (const step of [1000, 100, 10, 1]) {
        for (;;) {
          const b: Host = { ...this.hosts[1] };
          rebuilt(this.strategy, [this.hosts[0], b]);
          this.strategy.onEnd(b, latencyMs + step, Outcome.ok, null, b.reweighed);
          if (pickOf(this.strategy) !== b) break;
          latencyMs += step;
        }
      }
      return latencyMs;
    }
  }

  // linkerd/pool/p2c/src/lib.rs and queue/src/worker.rs, whose cache is Tower's: whoever is picked comes last, at once; c, which
  // is down, is found out only when it is chosen, drawn for again, and last of all when it is well again.
  test('draws from those that are ready, in an order that picks change', () => {
    const hosts = hostsOf([{ id: 'a' }, { id: 'b' }, { id: 'c' }, { id: 'd' }]);
    const [a, b, c, d] = hosts;
    const random = scriptedRandom([0, 0, 0, 0, 2, 0, 0, 1, 2, 0, 0, 0, 3, 0]);
    const strategy = rebuilt(peakEwma.create({ options, ...ports({ random }) }), hosts);
    const sentTo = (): Host => {
      const host = pickOf(strategy);
      strategy.onSent?.();
      return host;
    };
    // a b c d: a. d b c a: d, and a b c d again.
    expect([sentTo(), sentTo()]).toEqual([a, d]);
    rebuilt(strategy, hosts, [a, b, d]);
    // c: out it goes, and a b d are left: a. Then d b a.
    expect(sentTo()).toBe(a);
    rebuilt(strategy, hosts);
    // d b a c: a, which leaves d b c a. Without d it is a b c: a, which leaves c b a.
    expect(sentTo()).toBe(a);
    rebuilt(strategy, [a, b, c]);
    expect(sentTo()).toBe(a);
    rebuilt(strategy, [a, b, c, { ...d }]);
    // c b a and the new one.
    expect(sentTo()).not.toBe(d);
    expect(() => pickOf(strategy)).toThrow('asked for one more');
  });

  // Figures of linkerd2-proxy's load-biaser tests: 429 and 503 record 5 s, which decays to 5 e^-1 = 1.839 s in 10 s. Errors of
  // the connection come to it as 502 (app/outbound/src/http/endpoint.rs, ClientRescue).
  test.each([Outcome.error, Outcome.rejected, Outcome.refused, Outcome.reset])(
    'a failed answer (%i), or a connection that fails, counts as one of 5 s, and decays',
    (outcome) => {
      const pair = new Pair();
      pair.clock.advance(1);
      pair.end(outcome, 1);
      expect(pair.estimateOfA).toBe(5000);
      pair.clock.advance(10_000);
      expect(pair.estimateOfA).toBe(1839);
    },
  );

  // test_429_with_retry_after_capped_at_max (600 s); 45 s and 300 s as there; below the penalty it does not count.
  test.each([
    [45, 45_000],
    [300, 300_000],
    [600, 300_000],
    [5, 5000],
    [1, 5000],
    [0, 5000],
  ])('a rejection that asks for %i s counts as one of %i ms', (seconds, estimateMs) => {
    const pair = new Pair();
    pair.clock.advance(1);
    pair.end(Outcome.rejected, 1, loadReport({ retryAfterMs: seconds * 1000 }));
    expect(pair.estimateOfA).toBe(estimateMs);
  });

  // test_sequential_failures_maintain_load.
  test('another failure a second later brings it back to 5 s', () => {
    const pair = new Pair();
    for (let i = 0; i < 3; i++) {
      pair.clock.advance(1000);
      pair.end(Outcome.error, 1);
      expect(pair.estimateOfA).toBe(5000);
    }
  });

  test('a failure never lowers the estimate', () => {
    const pair = new Pair();
    pair.end(Outcome.ok, 9000);
    pair.clock.advance(1000);
    pair.end(Outcome.error, 1);
    // 9000 e^-0.1 = 8143 is above the penalty, and is what is observed.
    const kept = Math.exp(-0.1);
    expect(pair.estimateOfA).toBe(Math.floor(9000 * kept + 9000 * kept * (1 - kept)));
  });

  // test_cancellation_records_measurement, test_rtt_tracked_after_request: what was given up, or a good answer, counts as it is.
  test.each([Outcome.ok, Outcome.timedOut])('outcome %i counts as it is', (outcome) => {
    const pair = new Pair();
    pair.end(outcome, 250);
    expect(pair.estimateOfA).toBe(250);
  });
});

describe('Finagle, weighted', () => {
  const HALF = 2 ** 31;

  /** Of the hosts a, b, ... each estimated at its latency. */
  function weighted(draws: readonly number[], weights: readonly number[], latencies: readonly number[]): Strategy {
    const options: WrittenOptions = { weighted: true };
    const hosts = hostsOf(weights.map((weight, i) => ({ id: 'abcdef'[i], weight })));
    const strategy = rebuilt(peakEwma.create({ options, ...ports({ random: scriptedRandom(draws) }) }), hosts);
    for (const [i, host] of hosts.entries()) strategy.onEnd(host, latencies[i], Outcome.ok, null, host.reweighed);
    return strategy;
  }

  test.each([
    // Of weights 1 and 3 column 0 is half a's, half b's, and takes a second draw; column 1 is b's.
    [[0, HALF - 1, 1], [1, 3], [10, 31], 'a', '10 / 0.25 < 31 / 0.75'],
    [[1, 0, HALF - 1], [1, 3], [10, 29], 'b', 'wherever it was drawn'],
    [[0, HALF, 0, 0], [1, 3], [10, 30], 'b', 'equal: the first'],
    [[0, 0, 1], [1, 3], [10, 30], 'a', 'equal: the first'],
    // The same one again is drawn again, five times in all; then it is compared with itself.
    [[1, 1, 1, 1, 1, 0, 0], [1, 3], [10, 90], 'a', 'another at the fifth draw'],
    [[1, 1, 1, 1, 1, 1], [1, 3], [10, 90], 'b', 'five times the same'],
    // Equal weights: each column its own, one draw each.
    [[2, 0], [1, 1, 1], [10, 5, 11], 'a', 'the lower load'],
    [[2, 2, 1], [1, 1, 1], [10, 5, 5], 'c', 'equal: the first'],
    [[0, 0, 0, 0, 0, 0], [4], [10], 'a', 'one alone'],
  ])('draws %j, weights %j, latencies %j: %s (%s)', (draws, weights, latencies, expected) => {
    const strategy = weighted(draws, weights, latencies);
    expect(pickOf(strategy).instance.id).toBe(expected);
    expect(() => pickOf(strategy)).toThrow('asked for one more');
  });

  test('takes 32 bits for a draw: 53 would cost two numbers of the stream', () => {
    const unit = (): never => {
      throw new Error('53 bits');
    };
    const random = { ...scriptedRandom([0, HALF - 1, 1]), unit };
    const hosts = hostsOf([{ weight: 1 }, { weight: 3 }]);
    const strategy = rebuilt(peakEwma.create({ options: { weighted: true }, ...ports({ random }) }), hosts);
    expect(pickOf(strategy)).toBe(hosts[0]);
  });

  test('shares within 1e-4 of each other are equal: loads are compared as they are', () => {
    // 10,001 / 20,001 and 10,000 / 20,001 are 5e-5 apart. Divided by them, the loads would tell b lower.
    const near = weighted([1, 0, 0], [10_001, 10_000], [10.0005, 10]);
    expect(pickOf(near).instance.id).toBe('b');
    const apart = weighted([1, 0, 0], [10_010, 10_000], [10.0005, 10]);
    expect(pickOf(apart).instance.id).toBe('a');
  });
});

// Finagle's P2CPeakEwmaTest, "Probe a node without latency history at most once": requests one a tick to 100 nodes that
// answer within a tick, and one that never does.
test('Finagle: a node without history is probed at most once', () => {
  const clock = new ManualClock();
  const random = randomStream('peak-ewma');
  const strategy = peakEwma.create({ options: { decayTime: 150 }, ...ports({ random, clock }) });
  const hosts = hostsOf(Array(101).fill({}));
  rebuilt(strategy, hosts);
  const counts = Array<number>(101).fill(0);
  for (let tick = 0; tick < 20_000; tick++) {
    const host = pickOf(strategy);
    counts[host.slot]++;
    host.inFlight++;
    const end = (): void => {
      host.inFlight--;
      strategy.onEnd(host, 1, Outcome.ok, null, host.reweighed);
    };
    if (host.slot < 100) clock.schedule(1, end, 0);
    clock.advance(1);
  }
  expect(counts[100]).toBe(1);
});

// After 166 ms, where V8's exp and that of glibc 2.36 differ in the last bit: 1 s of ns, and 30 ms of seconds.
test.each([
  [{ sampling: 'tower', defaultRtt: 1000 }, 983537020.7707462],
  [{ sampling: 'linkerd', defaultRtt: 1000 }, 983537020.7707462],
  [{ peak: 'decayed', defaultRtt: 30 }, 0.029506110623122386],
  [{ defaultRtt: 1000 }, 983537020.7707464],
])('estimates of %j decay by the exp of its system', (options, load) => {
  const clock = new ManualClock();
  const random = scriptedRandom([0, 0, 0, 0]);
  const strategy = peakEwma.create({ options, ...ports({ random, clock }) });
  rebuilt(strategy, hostsOf([{}, {}]));
  // Tower's begin with the first request.
  pickOf(strategy);
  clock.advance(166);
  const pick = { key: NO_KEY, attempt: 0, draw: 0, drawn: [0, 0] };
  const reason = strategy.explain?.({ ...pick, host: pickOf(strategy) });
  expect(reason?.compared?.hosts.map(({ figure }) => figure)).toEqual([load, load]);
});

// tower/src/load/peak_ewma.rs, its documentation; linkerd2-proxy linkerd/app/outbound/src/http/logical/profile.rs, DEFAULT_EWMA.
test.each([
  ['Finagle p2c with peak EWMA', undefined],
  ['Tower p2c with peak EWMA', 1000],
  ['Linkerd', 30],
  ['Linkerd, where a policy asks for penalties', 30],
])('%s: a host joins with %s ms', (name, defaultRtt) => {
  const { when } = peakEwma.variants.find(({ system }) => system === name) ?? {};
  expect(when?.defaultRtt).toBe(defaultRtt);
});
