import { beforeAll, describe, expect, it } from 'vitest';
import { Outcome } from '../../src/core/outcome.ts';
import { type HostSelection, PLAIN_REQUEST, type RequestPolicy } from '../../src/mesh/request_policy.ts';
import { runTrial } from '../../src/run/trial.ts';
import type { FaultConfig, InstanceConfig, TrialConfig } from '../../src/sim/config.ts';
import { runWorld } from '../../src/sim/world.ts';
import { quietObserver } from '../helpers/quiet_observer.ts';
import { callers, instances, trialOf } from '../helpers/trial.ts';
import { expectAgreement, expectShare, triesFor, Z } from './theory.ts';

/*
 * theory.md, Calls: what R retries cost and what they are good for, where every attempt fails by itself with probability p.
 * Requests have no retry budgets, no hedges and no layers that retry one another's retries: what theory.md says of those is
 * not tested.
 */

/** How attempts fail: what is to be written of a trial. */
interface Failing {
  readonly instances: readonly InstanceConfig[];
  readonly faults: readonly FaultConfig[];
  readonly request: Pick<RequestPolicy, 'retryOn'> & Partial<RequestPolicy>;
}

const HOSTS = 10;
const unlimited = { concurrency: 1e9, serviceTime: { kind: 'exponential', meanMs: 1 } } as const;

/** Hosts answer 5xx at that rate. */
const answering5xx = (p: number): Failing => ({
  instances: instances(HOSTS),
  faults: [erring(p, HOSTS)],
  request: { retryOn: ['5xx'] },
});

/** Service is exponential, and waited for until P(S > t) = p. */
const timingOut = (p: number): Failing => ({
  instances: instances(HOSTS, unlimited),
  faults: [],
  request: { retryOn: ['timeout'], perTryTimeoutMs: -Math.log(p), connectTimeoutMs: -Math.log(p) },
});

/** That share of the hosts is down and stays in the registry. `hostSelection`: where retries may go. */
const refusing = (p: number, hostSelection: HostSelection): Failing => ({
  instances: instances(HOSTS),
  faults: [
    {
      action: { kind: 'crash' },
      target: { kind: 'instances', indexes: Array.from({ length: Math.round(p * HOSTS) }, (_, i) => i) },
      when: { kind: 'at', atMs: 0, forMs: Infinity },
    },
  ],
  request: { retryOn: ['connect-failure'], hostSelection },
});

/** Any host again, as in Envoy without predicates. */
const ANY = { retries: 0, exhausted: 'last', updateFrequency: null } as const;
/** Drawn until it is one that was not tried: that there is none after so many draws has no chance. */
const OTHERS = { retries: 200, exhausted: 'last', updateFrequency: null } as const;

function erring(rate: number, count: number): FaultConfig {
  return {
    action: { kind: 'errors', rate, probes: false },
    target: { kind: 'instances', indexes: Array.from({ length: count }, (_, i) => i) },
    when: { kind: 'at', atMs: 0, forMs: Infinity },
  };
}

/** Independent failures: so likely are the first j attempts all to fail. */
const independent =
  (p: number) =>
  (j: number): number =>
    p ** j;

/** No host is tried twice. */
const withoutReplacement =
  (p: number) =>
  (j: number): number =>
    Array.from({ length: j }, (_, i) => (p * HOSTS - i) / (HOSTS - i)).reduce((product, share) => product * share, 1);

/** Mean and variance of the attempts of one request: their number is above j, at most R, if the first j failed. */
function attemptsOf(allFail: (j: number) => number, retries: number): { mean: number; variance: number } {
  const above = Array.from({ length: retries + 1 }, (_, j) => allFail(j));
  const mean = above.reduce((sum, share) => sum + share, 0);
  return { mean, variance: above.reduce((sum, share, j) => sum + (2 * j + 1) * share, 0) - mean ** 2 };
}

const RATE_PER_MS = 10;

/** So many requests, at constant intervals. */
function callsOf({ request, ...failing }: Failing, retries: number, count: number): TrialConfig {
  return trialOf({
    durationMs: count / RATE_PER_MS,
    load: { arrivals: 'constant', ratePerMs: RATE_PER_MS, keys: null },
    strategy: { name: 'random', options: {} },
    ...failing,
    request: { ...PLAIN_REQUEST, ...request, retries },
  });
}

describe('theory.md, Calls: R retries against failure probability p', () => {
  it('are sums: (1-p^(R+1))/(1-p) attempts where failures are independent', () => {
    for (const p of [0.1, 0.5, 0.9]) {
      for (const retries of [0, 1, 3, 7]) {
        expect(attemptsOf(independent(p), retries).mean).toBeCloseTo((1 - p ** (retries + 1)) / (1 - p), 12);
      }
    }
  });

  it.each([
    { failures: 'answers of 5xx', p: 0.2, retries: 1, failing: answering5xx, law: independent },
    { failures: 'answers of 5xx', p: 0.5, retries: 3, failing: answering5xx, law: independent },
    { failures: 'answers of 5xx', p: 0.9, retries: 5, failing: answering5xx, law: independent },
    { failures: 'timeouts', p: 0.5, retries: 3, failing: timingOut, law: independent },
    {
      failures: 'hosts that are down',
      p: 0.5,
      retries: 3,
      failing: (p: number) => refusing(p, ANY),
      law: independent,
    },
    {
      failures: 'hosts that are down, none tried twice',
      p: 0.5,
      retries: 3,
      failing: (p: number) => refusing(p, OTHERS),
      law: withoutReplacement,
    },
  ])('$failures, p = $p, R = $retries: attempts and successes', ({ p, retries, failing, law }) => {
    const { mean, variance } = attemptsOf(law(p), retries);
    const succeeding = 1 - law(p)(retries + 1);
    const count = Math.max(triesFor(succeeding), Math.ceil((100 * Z) ** 2 * (variance / mean ** 2)) + 1);
    const { requests } = runTrial(callsOf(failing(p), retries, count), 1, { recordSeries: false }).measures;
    const { offered, attempts, succeeded, failed } = requests;
    expect(succeeded + failed).toBe(offered);
    expectAgreement({ mean: attempts / offered, bound: Z * Math.sqrt(variance / offered) }, mean);
    expectShare(succeeded, offered, succeeding);
  });

  it.each([0, 1, 4])('all fail, R = %d: 1 + R attempts each', (retries) => {
    const { requests } = runTrial(callsOf(answering5xx(1), retries, 1000), 1, { recordSeries: false }).measures;
    expect(requests.attempts).toBe((1 + retries) * requests.offered);
    expect(requests.failed).toBe(requests.offered);
  });
});

/*
 * Marc Brooker, Fixing retries with token buckets and circuit breakers (2022), "Simulating Performance": a service that
 * fails calls at random, and 100 clients that begin calls independently of one another. His simulator
 * (mbrooker/simulator_example, retry_sim) has ten calls a second for each client, exponential delays of 10 ms each way, no
 * wait before a retry, and failure rates up to a half. His figures are curves; compared is what the text says of no retries
 * and of three. The former do no extra work, and what succeeds falls in proportion to the rate. The latter are the more
 * robust and do much extra work, 1 + N times as much where everything fails. (The text has x^N of the calls fail; his
 * simulator tries N + 1 times, as we do, and that makes it x^(N+1).)
 *
 * Neither his token bucket nor his circuit breaker exists here, and no retry waits: that a bucket is better than a number,
 * and full jitter the cheapest wait, is not shown.
 *
 * The same calls with the same luck throughout: an attempt that fails at some rate fails at every higher one.
 */
describe('Brooker, retries (2022): none and three by 100 clients, the same seeds', () => {
  const CALLS = 30_000;
  const RATES = [0.01, 0.1, 0.3, 0.5, 1];

  interface Call {
    readonly attempts: number;
    readonly ok: boolean;
  }

  /** What became of each call. */
  function called(rate: number, retries: number): Call[] {
    const trial = trialOf({
      // A second more than they take to arrive: fifty times the delay of one attempt.
      durationMs: CALLS + 1000,
      callers: callers(100),
      load: { arrivals: 'poisson', ratePerMs: 1, keys: null },
      instances: instances(1, { concurrency: 1e9, serviceTime: { kind: 'constant', valueMs: 0 } }),
      networkLatency: { kind: 'exponential', meanMs: 10 },
      faults: [erring(rate, 1)],
      request: { ...PLAIN_REQUEST, retries, retryOn: ['5xx'] },
    });
    const calls: Call[] = [];
    const observer = {
      ...quietObserver,
      done(_atMs: number, call: number, _caller: number, _arrivedAtMs: number, outcome: Outcome, attempts: number) {
        if (call < CALLS) calls[call] = { attempts, ok: outcome === Outcome.ok };
      },
    };
    runWorld(trial, 1, () => observer);
    expect(Object.keys(calls)).toHaveLength(CALLS);
    return calls;
  }

  let none: Call[][];
  let three: Call[][];
  beforeAll(() => {
    none = RATES.map((rate) => called(rate, 0));
    three = RATES.map((rate) => called(rate, 3));
  });

  it('without retries there is no extra work', () => {
    for (const calls of none) for (const { attempts } of calls) if (attempts !== 1) expect.fail(`${attempts} attempts`);
  });

  it('with three, the calls that failed without, and no others, are tried again; none is lost by it', () => {
    RATES.forEach((_, i) => {
      const again = none[i].map((call, n) => [call.ok, three[i][n].attempts === 1, three[i][n].ok || !call.ok]);
      for (const [ok, once, kept] of again) if (ok !== once || !kept) expect.fail(`${ok}, ${once}, ${kept}`);
    });
  });

  it('three retries do the more work the more fails, call by call, and four times as much where everything does', () => {
    for (let i = 1; i < RATES.length; i++) {
      three[i].forEach(({ attempts }, n) => {
        if (attempts < three[i - 1][n].attempts) expect.fail(`${attempts} attempts of ${n} at ${RATES[i]}`);
      });
    }
    for (const { attempts, ok } of three[RATES.length - 1]) if (attempts !== 4 || ok) expect.fail(`${attempts}, ${ok}`);
  });

  it('with three, so many succeed as the rate says, even where half of all attempts fail', () => {
    const share = (calls: readonly Call[], expected: number): void => {
      expect(CALLS).toBeGreaterThanOrEqual(triesFor(expected));
      expectShare(calls.filter(({ ok }) => ok).length, CALLS, expected);
    };
    RATES.forEach((rate, i) => {
      // So few fail at lower rates that their number is far from normal.
      if (rate >= 0.3 && rate < 1) share(three[i], 1 - rate ** 4);
      // Beyond that it takes more calls to tell the share to a hundredth.
      if (rate <= 0.1) share(none[i], 1 - rate);
    });
  });
});
