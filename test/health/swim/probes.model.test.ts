import fc from 'fast-check';
import { expect, test } from 'vitest';
import { randomStream } from '../../../src/core/random.ts';
import { SWIM } from '../../../src/health/swim/settings.ts';
import { SwimMember } from '../../../src/health/swim/swim_member.ts';
import { ManualClock } from '../../helpers/manual_clock.ts';
import { NaiveMember } from './naive_member.ts';

const OTHERS = ['a', 'b', 'c', 'd'];
const { probeIntervalMs: INTERVAL_MS, probeTimeoutMs: TIMEOUT_MS } = SWIM;

/** What becomes of a probe: answered so long after its send, by itself or by way of one who was asked to; or not at all. */
const fate = fc.oneof(
  fc.record({ by: fc.constant('itself' as const), afterMs: fc.constantFrom(0, 1, 499, 501, 999, 1001, 1500) }),
  fc.record({ by: fc.constant('another' as const), afterMs: fc.constantFrom(1, 400, 499, 501) }),
  fc.constant({ by: 'nobody' as const, afterMs: 0 }),
  fc.constant({ by: 'nobody' as const, afterMs: 0 }),
);
const step = fc.oneof(
  fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 12 }).map((n) => n * 500) }),
  fc.record({ kind: fc.constant('alive' as const), about: fc.constantFrom(...OTHERS) }),
);

test('a member suspects whoever does not answer before its next probe, and thinks of them what a naive model thinks', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(fc.array(fate, { minLength: 1, maxLength: 20 }), fc.array(step, { maxLength: 20 }), (fates, steps) => {
      const clock = new ManualClock();
      const model = new NaiveMember('self', OTHERS);
      let probes = 0;
      /** Of the probe under way. */
      let byAnother: { sequence: number; afterMs: number } | null = null;
      let pending: { about: string; incarnation: number; sentAtMs: number; answeredAtMs: number } | null = null;
      const answer = (from: string, sequence: number, afterMs: number): void => {
        clock.schedule(afterMs, () => member.receive({ kind: 'ack', from, sequence, rumours: [] }), 0);
      };
      /** The next probe leaves, or it is time for it: the one before is judged. */
      const judge = (): void => {
        if (pending !== null && pending.answeredAtMs >= pending.sentAtMs + INTERVAL_MS) {
          const { about, incarnation } = pending;
          model.hear({ about, state: 'suspect', incarnation, from: 'self', evidenceAtMs: 0 }, clock.now());
        }
        pending = null;
      };
      const member: SwimMember = new SwimMember({
        settings: { ...SWIM, gossipNodes: 0, pushPullIntervalMs: 1e9, reconnectIntervalMs: 1e9 },
        ...{ clock, name: 'self', members: OTHERS, random: randomStream('probes'), listener: () => {} },
        send: (to, message) => {
          if (message.kind === 'indirectPing') {
            expect(clock.now()).toBeCloseTo((pending?.sentAtMs ?? Number.NaN) + TIMEOUT_MS, 6);
            if (byAnother?.sequence === message.sequence) answer(to, message.sequence, byAnother.afterMs);
            byAnother = null;
          }
          if (message.kind !== 'ping') return;
          judge();
          const { by, afterMs } = fates[probes++ % fates.length] as { by: string; afterMs: number };
          const known = model.known.get(to);
          expect(known?.state).not.toBe('dead');
          // Nobody is asked who may be thought dead or suspect: then there is nobody to answer.
          const others = [...model.known].filter(([name, { state }]) => name !== to && state === 'alive').length;
          const relayed = by === 'another' && others > 0;
          byAnother = relayed ? { sequence: message.sequence, afterMs } : null;
          if (by === 'itself') answer(to, message.sequence, afterMs);
          const tookMs = by === 'itself' ? afterMs : relayed ? TIMEOUT_MS + afterMs : Infinity;
          const sentAtMs = clock.now();
          pending = { about: to, incarnation: known?.incarnation ?? -1, sentAtMs, answeredAtMs: sentAtMs + tookMs };
        },
      });
      const check = (): void => {
        // With nobody left to probe, nothing is sent as the time comes.
        if (pending !== null && clock.now() >= pending.sentAtMs + INTERVAL_MS + 1e-6) judge();
        model.pass(clock.now() + 1e-6);
        for (const [name, { state }] of model.known) {
          const found = member.stateOf(name)?.state;
          if (found !== state) expect.fail(`at ${clock.now()}: ${name} is ${found}, to the model ${state}`);
          seen.add(state);
        }
      };
      for (const each of steps) {
        if (each.kind === 'alive') {
          const incarnation = (model.known.get(each.about)?.incarnation ?? 0) + 1;
          const word = { about: each.about, state: 'alive', incarnation, from: each.about, evidenceAtMs: 0 } as const;
          member.receive({ kind: 'gossip', from: each.about, rumours: [word] });
          model.hear(word, clock.now());
        } else {
          const end = clock.now() + each.ms;
          while (clock.step(end)) {
            clock.advance(1e-3);
            check();
          }
          if (clock.now() < end) clock.advanceTo(end);
        }
        check();
      }
      member.close();
    }),
    { numRuns: 500 },
  );
  expect(seen.size).toBe(3);
});
