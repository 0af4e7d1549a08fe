import fc from 'fast-check';
import { expect, test } from 'vitest';
import { randomStream } from '../../../src/core/random.ts';
import type { Rumour } from '../../../src/health/swim/message.ts';
import { SWIM } from '../../../src/health/swim/settings.ts';
import { SwimMember } from '../../../src/health/swim/swim_member.ts';
import { ManualClock } from '../../helpers/manual_clock.ts';
import { NaiveMember } from './naive_member.ts';

const OTHERS = ['a', 'b', 'c', 'd'];

const rumour = fc.record({
  about: fc.constantFrom('self', ...OTHERS),
  state: fc.constantFrom('alive', 'suspect', 'dead', 'left', 'suspect', 'suspect'),
  incarnation: fc.nat(3),
  from: fc.constantFrom(...OTHERS, 'x', 'y'),
  evidenceAtMs: fc.constant(0),
}) satisfies fc.Arbitrary<Rumour>;

/** Half seconds, so that ends of suspicions are hit. */
const wait = fc.integer({ min: 1, max: 20 }).map((n) => n * 500);

test('a member thinks of others what a naive model thinks, and refutes what is said of itself', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(fc.array(fc.oneof(rumour, rumour, wait), { maxLength: 30 }), (history) => {
      const clock = new ManualClock();
      // It never probes within a history: only what it hears counts.
      const settings = { ...SWIM, gossipNodes: 0, suspicionMult: 4 };
      const member = new SwimMember({
        ...{ clock, settings, name: 'self', members: OTHERS, random: randomStream('model') },
        // Whoever is probed answers at once, so that it finds nothing itself.
        send: (to, message) => {
          if (message.kind !== 'ping') return;
          clock.schedule(
            0,
            () => member.receive({ kind: 'ack', from: to, sequence: message.sequence, rumours: [] }),
            0,
          );
        },
        listener: () => {},
      });
      const model = new NaiveMember('self', OTHERS);
      for (const step of history) {
        if (typeof step === 'number') clock.advance(step);
        else {
          member.receive({ kind: 'gossip', from: 'a', rumours: [step] });
          model.hear(step, clock.now());
        }
        // One confirmed after its time is dead at once, but not within the call.
        clock.advance(0);
        model.pass(clock.now());
        for (const [name, { state }] of model.known) {
          const found = member.stateOf(name)?.state.replace('left', 'dead');
          if (found !== state) expect.fail(`at ${clock.now()}: ${name} is ${found}, to the model ${state}`);
          seen.add(state);
        }
        const own = member.stateOf('self') as unknown as { state: string; incarnation: number };
        expect([own.state, own.incarnation]).toEqual(['alive', model.incarnation]);
      }
      member.close();
      expect(clock.pending).toBe(0);
    }),
    { numRuns: 1000 },
  );
  expect(seen.size).toBe(3);
});
