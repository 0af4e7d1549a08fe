import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SWIM } from '../../../src/health/swim/settings.ts';
import { Group } from './group.ts';

const MINUTE_MS = 60_000;

it('nobody is suspected while nothing is lost', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 0, max: 240 }),
      fc.nat(1000),
      (size, latency, seed) => {
        const group = new Group(size, {}, latency, `calm ${seed}`);
        group.run(MINUTE_MS);
        expect(group.said).toEqual([]);
      },
    ),
    { numRuns: 20 },
  );
});

it('others reach one whom somebody cannot reach', () => {
  const group = new Group(6);
  group.lost = (from, to) => from === 'm0' && to === 'm1';
  group.run(2 * MINUTE_MS);
  expect(group.said).toEqual([]);
  expect(group.sent.some(({ message }) => message.kind === 'indirectPing')).toBe(true);
});

describe('a member that dies', () => {
  const group = new Group(10);
  group.run(5000);
  group.crash('m3');
  group.run(30_000);
  const of = (state: string) => group.said.filter((each) => each.about === 'm3' && each.state === state);

  it('is suspect to all, then dead to all, and to nobody anything else', () => {
    expect(of('suspect')).toHaveLength(9);
    expect(of('dead')).toHaveLength(9);
    expect(group.said).toHaveLength(18);
    expect(group.holding('m3', 'dead')).toHaveLength(9);
  });

  it('is dead after the time of a suspicion that enough others confirm, and no sooner', () => {
    const first = Math.min(...of('suspect').map(({ atMs }) => atMs));
    // Four intervals in a group of ten; six times as many at most.
    for (const { atMs } of of('dead')) {
      expect(atMs - first).toBeGreaterThanOrEqual(4000);
      expect(atMs - first).toBeLessThan(24_000);
    }
  });

  it('is so on the evidence of a probe that it did not live to answer', () => {
    for (const { atMs, evidenceAtMs } of [...of('suspect'), ...of('dead')]) {
      expect(evidenceAtMs).toBeGreaterThan(5000 - 2);
      expect(evidenceAtMs + SWIM.probeIntervalMs).toBeLessThanOrEqual(atMs + 1e-6);
    }
  });
});

it('one that was away too short to be declared dead refutes the suspicion', () => {
  const group = new Group(10);
  group.run(5000);
  group.lost = (from, to) => from === 'm3' || to === 'm3';
  group.run(4000);
  group.lost = () => false;
  group.run(20_000);
  const about = group.said.filter((each) => each.about === 'm3');
  expect(about.filter(({ state }) => state === 'suspect').length).toBeGreaterThanOrEqual(9);
  expect(about.filter(({ state }) => state === 'dead')).toEqual([]);
  expect(group.holding('m3', 'alive')).toHaveLength(10);
  for (const { state, evidenceAtMs } of about) if (state === 'alive') expect(evidenceAtMs).toBeGreaterThan(5000);
});

it('one that was declared dead is back by its own word, as it hears of it', () => {
  const group = new Group(10, { suspicionMaxTimeoutMult: 1 });
  group.run(5000);
  group.lost = (from, to) => from === 'm3' || to === 'm3';
  group.run(12_000);
  expect(group.holding('m3', 'dead')).toHaveLength(9);
  group.lost = () => false;
  // Those dead for less than half a minute are told so.
  group.run(10_000);
  expect(group.holding('m3', 'alive')).toHaveLength(10);
});

it('one that starts again joins anew, however long it was dead', () => {
  for (const awayMs of [3000, 20_000, 10 * MINUTE_MS]) {
    const group = new Group(10);
    group.run(5000);
    group.crash('m3');
    group.run(awayMs);
    group.start('m3', undefined, 1).join();
    group.run(5000);
    expect(group.holding('m3', 'alive'), `after ${awayMs} ms`).toHaveLength(10);
  }
});

it('one that nobody knew becomes known to all', () => {
  const group = new Group(10);
  group.run(1000);
  group.start('new', ['m0', 'new']).join();
  group.run(5000);
  expect(group.holding('new', 'alive')).toHaveLength(11);
  expect(group.said.filter(({ about, by }) => about === 'new' && by !== 'new')).toHaveLength(10);
  expect([...group.members.values()].every((member) => member.stateOf('m9') !== null)).toBe(true);
});

it('two halves that lost each other find together again', () => {
  const group = new Group(8);
  const side = (name: string): boolean => Number(name.slice(1)) < 4;
  group.lost = (from, to) => side(from) !== side(to);
  group.run(3 * MINUTE_MS);
  expect(group.holding('m0', 'dead')).toHaveLength(4);
  group.lost = () => false;
  group.run(3 * MINUTE_MS);
  for (let i = 0; i < 8; i++) expect(group.holding(`m${i}`, 'alive')).toHaveLength(8);
});

it('one that leaves is gone at once, with no suspicion', () => {
  const group = new Group(10);
  group.run(1000);
  group.members.get('m3')?.leave();
  group.run(2000);
  group.crash('m3');
  group.run(MINUTE_MS);
  expect(group.said.map(({ about, state }) => `${about} ${state}`)).toEqual(Array(9).fill('m3 dead'));
  expect(group.said.every(({ atMs }) => atMs < 3000)).toBe(true);
});

it('a round of probes comes to everybody, and to nobody twice within it', () => {
  const group = new Group(7);
  group.run(10 * MINUTE_MS);
  for (const name of group.members.keys()) {
    const targets = group.sent
      .filter(({ from, message }) => from === name && message.kind === 'ping')
      .map(({ to, atMs }) => ({ to, period: Math.floor(atMs / SWIM.probeIntervalMs) }));
    const last = new Map<string, number>();
    for (const { to, period } of targets) {
      // SWIM paper, 4.3: at most 2 N - 1 periods for N others; here last in one round and first in the one after next.
      expect(period - (last.get(to) ?? period)).toBeLessThanOrEqual(2 * 6 - 1);
      last.set(to, period);
    }
    const rounds = new Set<string>();
    for (let round = 0; round + 6 <= targets.length; round += 6) {
      const order = targets.slice(round, round + 6).map(({ to }) => to);
      expect(new Set(order).size).toBe(6);
      rounds.add(order.join(' '));
    }
    // Hardly any of a hundred rounds in the order of another, of 720 there are.
    expect(rounds.size).toBeGreaterThan(70);
  }
});

it('what an exchange says of the dead is only a suspicion', () => {
  for (const kind of ['exchange', 'gossip'] as const) {
    const group = new Group(6);
    const rumour = { about: 'm3', state: 'dead', incarnation: 0, from: 'm1', evidenceAtMs: 0 } as const;
    const message = { from: 'm1', rumours: [rumour] };
    group.members.get('m0')?.receive(kind === 'gossip' ? { kind, ...message } : { kind, answer: true, ...message });
    expect(group.said.map(({ about, state }) => `${about} ${state}`)).toEqual([
      kind === 'gossip' ? 'm3 dead' : 'm3 suspect',
    ]);
  }
});

it('says nothing and waits for nothing once it is closed', () => {
  const group = new Group(5);
  group.run(3000);
  group.crash('m1');
  group.run(2500);
  const { length } = group.said;
  for (const name of [...group.members.keys()]) group.crash(name);
  const sent = group.sent.length;
  group.run(MINUTE_MS);
  expect([group.said.length, group.sent.length]).toEqual([length, sent]);
});
