import { expect, test } from 'vitest';
import type { Balancer } from '../../../src/balancer/balancer.ts';
import { strategyNamed } from '../../../src/balancer/strategies/index.ts';
import { NO_KEY } from '../../../src/core/key.ts';
import type { WrittenOptions } from '../../../src/core/options.ts';
import { balancerWith, hostNamed, instance } from '../../helpers/balancing.ts';
import { scriptedRandom } from '../../helpers/scripted_random.ts';

// ngx_http_upstream_random_module.c, ngx_http_upstream_get_random_peer and ..._get_random2_peer: nobody knows that all servers are
// down before 21 draws were in vain (`++rp->tries > 20`); only then is it round robin, which finds a backup or nobody.

const policies: [string, WrittenOptions][] = [
  ['random', { weighted: true }],
  ['least-request', { algorithm: 'nginx-random-two' }],
];

/** Servers a, b, .. of weight 1, the last ones of them backups, all others down; and what is left of these draws. */
function allDown([name, options]: [string, WrittenOptions], others: number, backups: number, draws: number) {
  const random = scriptedRandom(Array.from({ length: draws }, (_, i) => i));
  const balancer = balancerWith({ strategy: strategyNamed(name).withOptions(options), random });
  const ids = [...'abcdef'].slice(0, others + backups);
  balancer.update(ids.map((id, i) => ({ ...instance(id), backup: i >= others })));
  for (const id of ids.slice(0, others)) balancer.setHealthy(hostNamed(balancer, id), false);
  return { balancer, isUsedUp: () => expect(() => random.uint32()).toThrow('asked for one more') };
}

const picks = (balancer: Balancer, count: number): string =>
  Array.from({ length: count }, () => balancer.pick(NO_KEY, 0)?.instance.id ?? '-').join('');

test.each(policies)(
  '%s %j: servers that are all down are drawn 21 times in vain before a backup has its turn',
  (...policy) => {
    const { balancer, isUsedUp } = allDown(policy, 2, 2, 3 * 21);
    expect(picks(balancer, 3)).toBe('cdc');
    isUsedUp();
  },
);

test.each(policies)('%s %j: and where there is no backup either', (...policy) => {
  const { balancer, isUsedUp } = allDown(policy, 3, 0, 2 * 21);
  expect(picks(balancer, 2)).toBe('--');
  isUsedUp();
});

test.each(policies)('%s %j: a retry goes on counting draws in vain, of which there are none left', (...policy) => {
  const { balancer, isUsedUp } = allDown(policy, 2, 2, 21);
  expect(picks(balancer, 1)).toBe('c');
  hostNamed(balancer, 'c').tried = true;
  expect(balancer.pick(NO_KEY, 0, 0, null, true)?.instance.id).toBe('d');
  isUsedUp();
});

test.each(policies)('%s %j: a server alone is not drawn', (...policy) => {
  const { balancer, isUsedUp } = allDown(policy, 1, 1, 0);
  expect(picks(balancer, 2)).toBe('bb');
  isUsedUp();
});

test.each(policies)('%s %j: who is up again is drawn at once', (...policy) => {
  const { balancer, isUsedUp } = allDown(policy, 2, 1, 21 + 1 + (policy[0] === 'random' ? 0 : 1));
  expect(picks(balancer, 1)).toBe('c');
  for (const id of 'ab') balancer.setHealthy(hostNamed(balancer, id), true);
  expect('ab').toContain(picks(balancer, 1));
  isUsedUp();
});

// One server and several backups, by the rule that runs of nginx 1.31.5 (commit 3f6f7824) with their draws printed showed: a fails, then the first
// backup picked; later tries of the request draw no more.
test.each(policies)('%s %j: beside a server alone a backup that failed costs 21 draws, once a request', (...policy) => {
  for (const isDown of [false, true]) {
    const random = scriptedRandom(Array.from({ length: 21 }, (_, i) => i));
    const balancer = balancerWith({ strategy: strategyNamed(policy[0]).withOptions(policy[1]), random });
    balancer.update([...'abcd'].map((id) => ({ ...instance(id), backup: id !== 'a' })));
    if (isDown) balancer.setHealthy(hostNamed(balancer, 'a'), false);
    let had = '';
    for (let i = 0; i < 4 && had.length === i; i++) {
      const host = balancer.pick(NO_KEY, 0, 0, null, i > 0);
      if (host === null) break;
      host.tried = true;
      had += host.instance.id;
    }
    expect(had).toBe(isDown ? 'bcd' : 'abcd');
    expect(() => random.uint32()).toThrow('asked for one more');
  }
});

test.each(policies)('%s %j: so it does where no other backup is up', (...policy) => {
  for (const isDown of [false, true]) {
    const random = scriptedRandom(Array.from({ length: 21 }, (_, i) => i));
    const balancer = balancerWith({ strategy: strategyNamed(policy[0]).withOptions(policy[1]), random });
    balancer.update([...'abc'].map((id) => ({ ...instance(id), backup: id !== 'a' })));
    const [a, b, c] = [...'abc'].map((id) => hostNamed(balancer, id));
    expect(balancer.pick(NO_KEY, 0)).toBe(a);
    a.tried = true;
    expect(balancer.pick(NO_KEY, 0, 0, null, true)).toBe(b);
    b.tried = true;
    for (const host of isDown ? [a, b, c] : [b, c]) balancer.setHealthy(host, false);
    expect(balancer.pick(NO_KEY, 0, 0, null, true)).toBe(null);
    expect(() => random.uint32()).toThrow('asked for one more');
  }
});
