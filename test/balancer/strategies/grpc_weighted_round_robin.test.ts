import { describe, expect, test } from 'vitest';
import type { Balancer } from '../../../src/balancer/balancer.ts';
import { strategyNamed } from '../../../src/balancer/strategies/index.ts';
import type { Instance } from '../../../src/core/instance.ts';
import { NO_KEY } from '../../../src/core/key.ts';
import type { LoadReport } from '../../../src/core/load_report.ts';
import type { WrittenOptions } from '../../../src/core/options.ts';
import { Outcome } from '../../../src/core/outcome.ts';
import { balancerWith, hostNamed, instance, instancesOf, sequence } from '../../helpers/balancing.ts';
import { type GrpcRig, grpcRigOf } from '../../helpers/grpc_rig.ts';
import { ReportingHosts, reportOf } from '../../helpers/reporting_hosts.ts';
import { scriptedRandom } from '../../helpers/scripted_random.ts';

// gRPC's weighted round robin where core (C++) differs, and when each of the three works weights out, by their source.

const SECOND = 1000;
const ROUND_ROBIN = 'round-robin';
const STRIDE = 'weighted-round-robin';

describe('weighted_round_robin', () => {
  const CORE = { algorithm: 'static-stride', floor: 'core' };
  const at = (id: string, address: string, weight = 1): Instance => ({ ...instance(id, weight), address });
  const three = [at('a', '10.0.0.3:80'), at('b', '10.0.0.1:81'), at('c', '10.0.0.2:80')];

  // weighted_round_robin.cc, UpdateLocked.
  test('hosts stand in the order of their addresses: c, a, b', () => {
    for (const [name, options] of [
      [STRIDE, CORE],
      ['client-side-weighted', { floor: 'core' }],
    ] as const) {
      const strategy = strategyNamed(name).withOptions(options);
      const balancer = balancerWith({ strategy, random: scriptedRandom([0, 0, 0]) });
      balancer.update(three);
      expect(sequence(balancer, 4)).toBe('cabc');
    }
    // Its round robin takes them as they come.
    const { balancer } = grpcRigOf(ROUND_ROBIN, { system: 'grpc-core' }, [0, 0]);
    balancer.update(three);
    expect(sequence(balancer, 4)).toBe('abca');
  });

  // Picker::PickIndex: last_picked_index_ of this picker; StaticStrideScheduler::Make: none for one endpoint.
  test('one host is picked by no schedule, whose count stands', () => {
    const strategy = strategyNamed(STRIDE).withOptions(CORE);
    const balancer = balancerWith({ strategy, random: scriptedRandom([0, 7, 7, 7]) });
    const some = instancesOf([2, 3, 6]);
    // The count of static_stride_scheduler_test.cc, from 0: b c c a b c, each of which looks at one or more.
    balancer.update(some);
    expect(sequence(balancer, 3)).toBe('bcc');
    balancer.update(some.slice(0, 1));
    expect(sequence(balancer, 5)).toBe('aaaaa');
    balancer.update(some);
    expect(sequence(balancer, 3)).toBe('abc');
  });

  const report = (balancer: Balancer, id: string, said: LoadReport): void => {
    const host = hostNamed(balancer, id);
    balancer.acquire(host);
    balancer.release(host, 1, Outcome.ok, said);
  };
  const reported = (options: WrittenOptions, draws: readonly number[]): GrpcRig =>
    grpcRigOf('client-side-weighted', { floor: 'core', blackoutPeriod: SECOND, ...options }, draws);

  test('without weights hosts take turns by the count of the picker, from a number drawn; the other stands', () => {
    // The first is the schedule's, the last but one is that of the picker without c.
    const { balancer, clock, flip } = reported({ weightExpirationPeriod: 2 * SECOND }, [0, 5, 7, 6]);
    expect(sequence(balancer, 4)).toBe('cabc');
    for (const id of 'abc') report(balancer, id, reportOf(1, 'abc'.indexOf(id) === 0 ? 200 : 100));
    clock.advance(SECOND);
    // By weights 2, 1, 1 from 0 on: b's and c's phases start at 32,767 and 65,534.
    const byWeight = sequence(balancer, 4);
    expect([...byWeight].toSorted().join('')).toBe('aabc');
    clock.advance(2 * SECOND);
    // Where the turns were.
    expect(sequence(balancer, 2)).toBe('ab');
    flip('c', false, true);
    expect(sequence(balancer, 2)).toBe('ab');
  });

  test('a picker works weights out at once, as of the news, and has a timer of its own', () => {
    for (const [options, periodsAnew] of [
      [{}, true],
      [{ clamp: false, floor: 'java' }, true],
      [{ floor: 'java' }, false],
    ] as const) {
      const { balancer, clock, flip } = reported({ blackoutPeriod: 0, ...options }, Array(9).fill(0));
      sequence(balancer, 1);
      clock.advance(700);
      for (const id of 'abc') report(balancer, id, reportOf(1, id === 'a' ? 400 : 100));
      flip('b', false);
      // Not known at the news.
      for (const id of 'ac') report(balancer, id, reportOf(1, 100));
      const share = (): number => sequence(balancer, 1000).split('a').length - 1;
      expect(share()).toBe(800);
      // That of 1 s, if it is not put off to 1.7 s.
      clock.advance(400);
      expect(share()).toBe(periodsAnew ? 800 : 500);
      clock.advance(600);
      expect(share()).toBe(500);
    }
  });

  // OnStateUpdate; grpc-go's updateSubConnState; WrrSubchannel.start.
  test.each([
    { system: 'core', options: {}, blackoutPeriod: SECOND, cause: 'activeCheck', weighs: false },
    { system: 'core', options: {}, blackoutPeriod: SECOND, cause: 'ejection', weighs: false },
    { system: 'core', options: {}, blackoutPeriod: 0, cause: 'activeCheck', weighs: true },
    {
      system: 'go',
      options: { clamp: false, floor: 'java' },
      blackoutPeriod: SECOND,
      cause: 'activeCheck',
      weighs: false,
    },
    { system: 'go', options: { clamp: false, floor: 'java' }, blackoutPeriod: SECOND, cause: 'ejection', weighs: true },
    { system: 'go', options: { clamp: false, floor: 'java' }, blackoutPeriod: 0, cause: 'activeCheck', weighs: false },
    { system: 'java', options: { floor: 'java' }, blackoutPeriod: SECOND, cause: 'activeCheck', weighs: false },
    { system: 'java', options: { floor: 'java' }, blackoutPeriod: SECOND, cause: 'ejection', weighs: true },
    { system: 'java', options: { floor: 'java' }, blackoutPeriod: 0, cause: 'activeCheck', weighs: true },
  ] as const)('READY again, $system, blackout $blackoutPeriod, after $cause: known weight $weighs', (row) => {
    const { balancer, clock } = reported({ ...row.options, blackoutPeriod: row.blackoutPeriod }, Array(9).fill(0));
    for (const id of 'abc') report(balancer, id, reportOf(1, id === 'a' ? 400 : 100));
    clock.advance(2 * SECOND);
    // Of 400, 100, 100; where a's is not known it counts as the mean of the others. In tens: each picker starts somewhere else.
    const share = (): number => Math.round((sequence(balancer, 600).split('a').length - 1) / 10) * 10;
    expect(share()).toBe(400);
    balancer.setHealthy(hostNamed(balancer, 'a'), false, row.cause);
    balancer.setHealthy(hostNamed(balancer, 'a'), true, row.cause);
    expect(share()).toBe(row.weighs ? 400 : 200);
    if (row.weighs || row.blackoutPeriod === 0) return;
    report(balancer, 'a', reportOf(1, 400));
    clock.advance(SECOND - 1);
    expect(share()).toBe(200);
    clock.advance(1);
    expect(share()).toBe(400);
    expect(balancer.pick(NO_KEY, 0)).not.toBeNull();
  });

  // Reports found by search for which that matters: 268 / (0.26 + 18 / 268 x 0.1) of 219 / (0.06 + 21 / 219 x 0.1).
  test.each([
    ['core', { floor: 'core' }, 20_925],
    ['grpc-java', {}, 20_925],
    ['grpc-go', { clamp: false }, 20_924],
  ])('%s: the penalty is a float but in grpc-go', (_system, options, third) => {
    const setup = new ReportingHosts(3, { blackoutPeriod: 0, errorUtilizationPenalty: 0.1, ...options });
    setup.report(0, reportOf(0.06, 219, 21));
    setup.report(1, reportOf(0.71, 380, 12));
    setup.report(2, reportOf(0.26, 268, 18));
    setup.clock.advance(SECOND);
    expect(setup.counts(65_535 + 11_096 + third)).toEqual([65_535, 11_096, third]);
  });
});
