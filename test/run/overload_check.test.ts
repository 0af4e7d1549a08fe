import { describe, expect, it } from 'vitest';
import { PLAIN_LOAD_BALANCER } from '../../src/balancer/load_balancer.ts';
import { PLAIN_REQUEST } from '../../src/mesh/request_policy.ts';
import { fakeScenario, fakeTrial } from '../helpers/fake_report.ts';
import { fakeStudy } from '../helpers/fake_study.ts';

/** What is said of a crash above so many waiting requests, where queues hold so many. */
async function said(queueAbove: number, queues: number[]): Promise<string> {
  const plain = fakeTrial('ring');
  const trial = {
    ...plain,
    instances: queues.map((queue, i) => ({ ...plain.instances[0], id: `i-${i}`, queue })),
    faults: [
      {
        action: { kind: 'crash' },
        target: { kind: 'instances', indexes: [0] },
        when: { kind: 'overload', queueAbove, repair: null },
      },
    ],
  } as const;
  const { warnings } = await fakeStudy(fakeScenario([{ strategy: 'ring', trial }], { replications: 2 }), () => ({}));
  return warnings.map(({ cause }) => cause).join('\n');
}

it('warns of an overload that no queue is long enough for', async () => {
  expect(await said(50, [10, 50])).toContain(
    'faults.0 crashes above 50 waiting requests, and no queue holds more than 50',
  );
  expect(await said(49, [10, 50])).not.toContain('waiting requests');
  expect(await said(50, [Infinity])).not.toContain('waiting requests');
});

describe('load above capacity', () => {
  it('is told of each end that it comes to', async () => {
    const [long, short] = [Infinity, 4].map((queue) => {
      const plain = fakeTrial('ring');
      return { ...plain, load: { ...plain.load, ratePerMs: 1000 }, instances: [{ ...plain.instances[0], queue }] };
    });
    const columns = [long, short, long].map((trial) => ({ strategy: 'ring', trial }));
    const { warnings } = await fakeStudy(fakeScenario(columns, { replications: 2 }), () => ({}));
    const told = warnings.filter(({ cause }) => cause.startsWith('offered load'));
    expect(told.map(({ effect, columns: of }) => [effect.split(' ', 2).join(' '), of.length])).toEqual([
      ['queues grow', 2],
      ['queues stay', 1],
    ]);
  });

  /** What becomes of it where a caller may send 8 to the one instance, which serves as many as it can and lets so many wait. */
  async function effect(
    name: string,
    {
      queue = Infinity,
      callers = 1,
      timeoutMs = null as number | null,
      maxPerHost = Infinity,
      connectTimeoutMs = Infinity,
    },
  ): Promise<string | undefined> {
    const plain = fakeTrial('ring');
    const trial = {
      ...plain,
      strategy: { name, options: name === 'least-request' ? { algorithm: 'haproxy-leastconn' } : {} },
      load: { ...plain.load, ratePerMs: 1000 },
      instances: [{ ...plain.instances[0], concurrency: 4, queue, maxConnections: 8 }],
      callers: Array.from({ length: callers }, (_, i) => ({ ...plain.callers[0], id: `c-${i}` })),
      loadBalancer: { ...PLAIN_LOAD_BALANCER, queue: { timeoutMs, maxPerHost, fullConnections: Infinity } },
      request: { ...PLAIN_REQUEST, connectTimeoutMs },
    };
    const { warnings } = await fakeStudy(fakeScenario([{ strategy: 'ring', trial }], { replications: 2 }), () => ({}));
    return warnings.find(({ cause }) => cause.startsWith('offered load'))?.effect;
  }

  it.each([
    ['nobody looks at limits', 'round-robin', {}, /^queues grow/],
    ['nobody looks at limits, and queues end', 'round-robin', { queue: 4 }, /^queues stay full/],
    ['nginx turns away', 'weighted-round-robin', { queue: 4 }, /^hosts stay full, .* \(noHost\)/],
    ['more callers than it holds', 'weighted-round-robin', { queue: 4, callers: 2 }, /^queues stay full/],
    ['HAProxy lets all wait', 'least-request', {}, /^lines with callers grow/],
    ['for a while', 'least-request', { timeoutMs: 50 }, /^hosts and their lines stay full, .* \(noHost\)/],
    ['as long as to connect', 'least-request', { connectTimeoutMs: 50 }, /^hosts and their lines stay full/],
    ['who finds a line full waits for anyone', 'least-request', { maxPerHost: 2 }, /^lines with callers grow/],
    ['whose server is its own does not', 'modulo-hash', { maxPerHost: 2 }, /^hosts and their lines stay full/],
  ] as const)('is told of where %s', async (_, name, given, wording) => {
    expect(await effect(name, given)).toMatch(wording);
  });
});
