import { describe, expect, test } from 'vitest';
import type { Balancer } from '../../src/balancer/balancer.ts';
import type { LoadBalancerSettings, SessionAffinity } from '../../src/balancer/load_balancer.ts';
import { SessionTable } from '../../src/balancer/session_affinity.ts';
import { strategyNamed } from '../../src/balancer/strategies/index.ts';
import type { Instance } from '../../src/core/instance.ts';
import { NO_KEY } from '../../src/core/key.ts';
import { balancerWith, hostNamed, instance, sequence } from '../helpers/balancing.ts';
import { ManualClock } from '../helpers/manual_clock.ts';
import { answeredPick, SESSIONS } from '../helpers/sessions.ts';

// Sessions as the tests of the systems have them go: which server gets a key, and where it goes when that cannot be.

const HAPROXY = SESSIONS;
const NGINX: SessionAffinity = { ...HAPROXY, failback: true };
const ENVOY: SessionAffinity = { ...HAPROXY, renew: false };
const GRPC: SessionAffinity = { ...ENVOY, failback: true };

interface Rig {
  readonly balancer: Balancer;
  readonly clock: ManualClock;
  /** The servers of `count` requests with the key. */
  readonly many: (key: number, count: number, attempt?: number) => string;
  /** The server of a retry with the key. */
  readonly retry: (key: number) => string;
}

const rigOf = (
  sessionAffinity: SessionAffinity,
  instances: readonly Instance[],
  settings: Partial<LoadBalancerSettings> & { readonly algorithm?: string } = {},
): Rig => {
  const { algorithm = 'smooth', ...others } = settings;
  const clock = new ManualClock();
  const strategy = strategyNamed('weighted-round-robin').withOptions({ algorithm });
  const balancer = balancerWith({ strategy, sessionAffinity, clock, ...others });
  balancer.update(instances);
  const pick = (key: number, attempt: number): string => answeredPick(balancer, key, attempt)?.instance.id ?? '-';
  return {
    balancer,
    clock,
    retry: (key) => answeredPick(balancer, key, 0, true)?.instance.id ?? '-',
    many: (key, count, attempt = 0) => Array.from({ length: count }, () => pick(key, attempt)).join(''),
  };
};

const plain = (ids: string): Instance[] => [...ids].map((id) => instance(id));

describe('HAProxy', () => {
  // reg-tests/stickiness/lb-services.vtc and srvkey-addr.vtc, backend be1 of h1: each client asks twice. What else they
  // show is a table that backends and peers share; here each balancer has its own.
  test('stick on urlp(client), balance roundrobin: s1 s1 for c1, s2 s2 for c2', () => {
    const { many } = rigOf(HAPROXY, plain('12'), { algorithm: 'fwrr' });
    expect([many(1, 2), many(2, 2)]).toEqual(['11', '22']);
    expect([many(1, 2), many(2, 2)]).toEqual(['11', '22']);
  });

  // doc/configuration.txt: a server that drains, or weighs 0, takes what comes by persistence; non-stick keeps backups
  // from being remembered, so that without it they are.
  test('a drained server keeps its sessions and gets no others', () => {
    const { balancer, many } = rigOf(HAPROXY, plain('123'), { algorithm: 'fwrr' });
    expect([many(1, 1), many(2, 1)]).toEqual(['1', '2']);
    balancer.update([instance('1', 0), instance('2'), instance('3')]);
    expect(many(1, 4)).toBe('1111');
    expect(sequence(balancer, 6)).not.toContain('1');
    balancer.setHealthy(hostNamed(balancer, '1'), false);
    expect(many(1, 1)).not.toBe('1');
  });

  test('a session that a backup took stays there', () => {
    const { balancer, many } = rigOf(HAPROXY, [instance('1'), { ...instance('2'), backup: true }], {
      algorithm: 'fwrr',
      backups: 'first',
    });
    expect(many(1, 1)).toBe('1');
    balancer.setHealthy(hostNamed(balancer, '1'), false);
    expect(many(1, 1)).toBe('2');
    balancer.setHealthy(hostNamed(balancer, '1'), true);
    expect([many(1, 2), many(2, 1)]).toEqual(['22', '1']);
  });
});

describe('nginx', () => {
  test('upstream_sticky_learn.t, client: sessions in turn, each with its server, also when it is asked again', () => {
    const { balancer, many } = rigOf(NGINX, plain('12'));
    expect(sequence(balancer, 4)).toBe('1212');
    expect([many(1, 4), many(2, 4), many(3, 4), many(1, 4)]).toEqual(['1111', '2222', '1111', '1111']);
  });

  test('upstream_sticky_learn.t, 403: a session whose server is turned down moves to the next, and stays', () => {
    const { many } = rigOf(NGINX, plain('12'));
    expect([many(1, 1), many(1, 1, 1), many(1, 1)]).toEqual(['1', '2', '2']);
  });

  test('upstream_sticky_learn.t, timeout=2: requests prolong a session, and two seconds without end it', () => {
    const { clock, many } = rigOf({ ...NGINX, ttlMs: 2000 }, plain('12'));
    expect([many(1, 4), many(2, 4)]).toEqual(['1111', '2222']);
    for (let i = 0; i < 5; i++) {
      clock.advance(500);
      expect(many(2, 4)).toBe('2222');
    }
    // The session of 1 is over. By then the second server owes a turn, so the first has two in a row.
    expect([many(3, 1), many(4, 1)]).toEqual(['1', '1']);
    expect(many(1, 4)).toBe('2222');
  });

  test('upstream_sticky_drain.t: new requests in turn, sticky ones to their server', () => {
    const { balancer, many } = rigOf({ ...NGINX, failback: false }, plain('1234'));
    expect(sequence(balancer, 16)).toBe('1234123412341234');
    expect(many(1, 4)).toBe('1111');
    const [, ...others] = plain('1234');
    balancer.update([instance('1', 0), ...others]);
    expect(many(1, 4)).toBe('1111');
    expect(sequence(balancer, 12)).not.toContain('1');
    balancer.update([instance('1', 0)]);
    expect(many(1, 4)).toBe('1111');
  });

  test('upstream_sticky_route.t: a backup is reached by its sessions only while nobody else is alive', () => {
    const backups = ['3', '4'].map((id) => ({ ...instance(id), backup: true }));
    const { balancer, many } = rigOf(NGINX, [...plain('12'), ...backups]);
    for (const id of '12') balancer.setHealthy(hostNamed(balancer, id), false);
    const server = many(1, 1);
    expect('34').toContain(server);
    expect(many(1, 10)).toBe(server.repeat(10));
    for (const id of '12') balancer.setHealthy(hostNamed(balancer, id), true);
    expect('12').toContain(many(1, 1));
  });

  // By ngx_http_upstream_get_peer, weight by weight: 1 is picked, owes 2, and no more for the session's next request; 2; then the
  // session's, for which 1 owes again, and another after that nothing;
  // then 3 2 3 1, where without the session's it would be 3 1 2 3.
  test('requests of a session are turns, until their server owes as much as the others weigh', () => {
    const { balancer, many } = rigOf(NGINX, plain('123'));
    expect([many(1, 2), sequence(balancer, 1), many(1, 2), sequence(balancer, 4)]).toEqual(['11', '2', '11', '3231']);
  });

  test('upstream_sticky.t, regression_tests: 100 requests of a session, then weights 1 2 3 4 within one', () => {
    const { balancer, many } = rigOf(
      NGINX,
      [1, 2, 3, 4].map((weight) => instance(String(weight), weight)),
    );
    const server = many(1, 1);
    expect(many(1, 100)).toBe(server.repeat(100));
    const picks = sequence(balancer, 100);
    for (const weight of [1, 2, 3, 4]) {
      const count = picks.split(String(weight)).length - 1;
      expect(Math.abs(count - weight * 10)).toBeLessThanOrEqual(1);
    }
  });
});

describe('Envoy', () => {
  const first = { slot: 0 } as ReturnType<typeof hostNamed>;
  const second = { slot: 1 } as ReturnType<typeof hostNamed>;

  // cookie_test.cc, SessionStateTest and SessionStateProtoCookie: at 1000 s, with a ttl of 5 s, cookies are set for 1005; one
  // of 1005 is no longer heeded at 1006. No other is set while the host stays the same.
  test('a cookie of 5 s, set at 1000 s', () => {
    const table = new SessionTable({ ttlMs: 5000, renew: false, maxEntries: 10 });
    table.remember(1, first, 1_000_000);
    expect(table.find(1, 1_004_000)).toBe(first);
    table.remember(1, first, 1_004_000);
    expect(table.find(1, 1_006_000)).toBeNull();
    table.remember(2, first, 1_000_000);
    table.remember(2, second, 1_004_000);
    expect([table.find(2, 1_006_000), table.find(2, 1_010_000)]).toEqual([second, null]);
  });

  // host_utility_test.cc, CreateOverrideHostStatus: without other word UNKNOWN, HEALTHY and DEGRADED hosts are good enough;
  // SelectOverrideHostTest: any other gives no host, and the strictness with it.
  test.each([
    { status: 'healthy', strict: false, picked: '1' },
    { status: 'healthy', strict: true, picked: '1' },
    { status: 'degraded', strict: false, picked: '1' },
    { status: 'degraded', strict: true, picked: '1' },
    { status: 'unhealthy', strict: false, picked: '2' },
    { status: 'unhealthy', strict: true, picked: '-' },
    { status: 'gone', strict: false, picked: '2' },
    // stateful_session_integration_test.cc, strict: an address that nobody has is answered with 503.
    { status: 'gone', strict: true, picked: '-' },
  ])('override host $status, strict: $strict: $picked', ({ status, strict, picked }) => {
    const { balancer, many } = rigOf({ ...ENVOY, strict }, plain('12'));
    expect(many(1, 1)).toBe('1');
    if (status === 'degraded') balancer.setHealth(hostNamed(balancer, '1'), { degraded: true });
    if (status === 'unhealthy') balancer.setHealthy(hostNamed(balancer, '1'), false);
    if (status === 'gone') balancer.update(plain('2'));
    expect(many(1, 1)).toBe(picked);
  });

  // router.h, overrideHostToSelect; router_test.cc, RequestWithUpstreamOverrideHost: it is asked for the first attempt, and
  // ignored for the retry. There the mock picks; what a policy picks, here in turn, may be any host, the same one too.
  test.each([false, true])('a retry goes where the policy says, and the session with it; strict: %s', (strict) => {
    const { balancer, many, retry } = rigOf({ ...ENVOY, strict, retries: 'policy' }, plain('123'), {
      algorithm: 'fwrr',
    });
    expect([many(1, 1), many(1, 1)]).toEqual(['1', '1']);
    expect([retry(1), retry(1), retry(1), many(1, 1)]).toEqual(['2', '3', '1', '1']);
    // A host that may not be picked: nobody for the first attempt of a strict one, anybody for its retry.
    balancer.setHealthy(hostNamed(balancer, '1'), false);
    expect(many(2, 1)).toBe('2');
    balancer.setHealthy(hostNamed(balancer, '2'), false);
    expect(strict ? many(2, 1) : '-').toBe('-');
    expect([retry(2), many(2, 2)]).toEqual(['3', '33']);
  });

  test('panic makes no unhealthy host good enough for its session', () => {
    const { balancer, many } = rigOf(ENVOY, plain('123'), { panicThreshold: 1 });
    expect(many(1, 1)).toBe('1');
    balancer.setHealthy(hostNamed(balancer, '1'), false);
    // The policy picks it even so, as anybody; where it picks a healthy one, the session stays.
    expect([hostNamed(balancer, '1').pickable, many(1, 4)]).toEqual([true, '1222']);
  });
});

// xds_override_host_test.cc; the names are its tests'. What is asked three times there is asked three times here.
describe('gRPC core', () => {
  test('SubchannelsComeAndGo: found again once it is back, unless another has taken the session over', () => {
    const { balancer, many } = rigOf(GRPC, plain('012'), { algorithm: 'fwrr' });
    expect([many(0, 1), many(1, 3), many(9, 1)]).toEqual(['0', '111', '2']);
    balancer.update(plain('02'));
    balancer.update(plain('12'));
    // So that it would be the other's turn.
    expect(many(8, 1)).toBe('1');
    expect(many(1, 3)).toBe('111');
    // There the filter would set a new cookie.
    balancer.update(plain('02'));
    const other = many(1, 1);
    balancer.update(plain('012'));
    expect(many(1, 3)).toBe(other.repeat(3));
  });

  // A55: the cookie is an argument of each pick, and a retry is a pick like any other.
  test('a retry goes to the host of its session', () => {
    const { many, retry } = rigOf(GRPC, plain('012'));
    expect([many(0, 1), retry(0), retry(0), many(0, 1)]).toEqual(['0', '0', '0', '0']);
  });

  test('OverrideHostStatus, with UNKNOWN and HEALTHY as without other word: none for a host that drains', () => {
    const { balancer, many } = rigOf(GRPC, plain('012'));
    expect([many(0, 3), many(1, 3), many(2, 3)]).toEqual(['000', '111', '222']);
    balancer.update([instance('0'), instance('1'), instance('2', 0)]);
    expect([many(0, 3), many(1, 3)]).toEqual(['000', '111']);
    expect('01').toContain(many(2, 1));
  });
});

// A55: where a session's host is one of a lower priority, and a higher one comes back, gRPC moves it, and Envoy does not.
test.each([
  { system: 'gRPC', settings: GRPC, later: '1' },
  { system: 'Envoy', settings: ENVOY, later: '2' },
])('$system, once a higher priority is back: $later', ({ settings, later }) => {
  const { balancer, many } = rigOf(settings, [instance('1'), { ...instance('2'), priority: 1 }], {
    failover: 'all-or-nothing',
  });
  balancer.setHealthy(hostNamed(balancer, '1'), false);
  expect(many(1, 1)).toBe('2');
  balancer.setHealthy(hostNamed(balancer, '1'), true);
  expect(many(1, 1)).toBe(later);
  expect(balancer.pick(NO_KEY, 0)?.instance.id).toBe('1');
});
