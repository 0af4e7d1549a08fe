import { expect, it } from 'vitest';
import { randomStream } from '../../../src/core/random.ts';
import type { MemberState } from '../../../src/health/swim/message.ts';
import { SWIM } from '../../../src/health/swim/settings.ts';
import { SwimDetector } from '../../../src/health/swim/swim_detector.ts';
import { SwimMember } from '../../../src/health/swim/swim_member.ts';
import { ManualClock } from '../../helpers/manual_clock.ts';

function caller() {
  const clock = new ManualClock();
  const log: string[] = [];
  let member: SwimMember | null = null;
  const listener = (host: number, out: boolean, evidenceAtMs: number): void =>
    void log.push(`${host} ${out ? 'out' : 'in'} by ${evidenceAtMs}`);
  const detector = new SwimDetector(clock, listener, (heard) => {
    member = new SwimMember({
      ...{ clock, settings: SWIM, name: 'caller', members: ['a', 'b'], random: randomStream('detector') },
      send: () => {},
      listener: heard,
    });
    return member;
  });
  const hear = (about: string, state: MemberState, incarnation: number, evidenceAtMs: number): void =>
    member?.receive({ kind: 'gossip', from: 'b', rumours: [{ about, state, incarnation, from: 'b', evidenceAtMs }] });
  const add = (host: number, id: string): void => detector.add(host, { id, address: '', zone: null, weight: 1 });
  return { clock, log, detector, hear, add };
}

it('a host is out while the group holds it dead; suspects and strangers are in', () => {
  const { log, hear, add } = caller();
  add(0, 'a');
  add(1, 'stranger');
  hear('a', 'suspect', 0, 5);
  expect(log).toEqual([]);
  hear('a', 'dead', 0, 5);
  hear('a', 'alive', 1, 7);
  hear('a', 'left', 1, 9);
  expect(log).toEqual(['0 out by 5', '0 in by 7', '0 out by 9']);
});

it('a host that comes into view dead is told so after that, unless it has left again', () => {
  const { clock, log, detector, hear, add } = caller();
  hear('a', 'dead', 0, 5);
  add(3, 'a');
  expect(log).toEqual([]);
  clock.advance(0);
  expect(log).toEqual(['3 out by 5']);
  detector.remove(3);
  add(4, 'a');
  detector.remove(4);
  clock.advance(0);
  hear('a', 'alive', 1, 6);
  expect(log).toEqual(['3 out by 5']);
  detector.close();
  expect(clock.pending).toBe(0);
});
