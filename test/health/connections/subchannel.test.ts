import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import {
  type ConnectionSettings,
  type ConnectionSystem,
  Connectivity,
  GRPC_CONNECTIONS,
} from '../../../src/core/connectivity.ts';
import type { Instance } from '../../../src/core/instance.ts';
import { randomStream } from '../../../src/core/random.ts';
import { Connections } from '../../../src/health/connections/connections.ts';
import type { ConnectionListener } from '../../../src/health/connections/connector.ts';
import { Subchannel } from '../../../src/health/connections/subchannel.ts';
import { ManualClock } from '../../helpers/manual_clock.ts';

const instance: Instance = { id: 'a', address: 'a:80', zone: null, weight: 1 };
const names = ['idle', 'connecting', 'ready', 'failing'];

/** What the network does with each attempt: how long it takes, and whether it connects; null: never an answer. */
type Answer = { readonly afterMs: number; readonly connects: boolean } | null;

/** A subchannel whose attempts the test answers, in this order and then never. */
function rig(answers: readonly Answer[], written: Partial<ConnectionSettings> = {}) {
  const clock = new ManualClock();
  const settings = { ...GRPC_CONNECTIONS, ...written };
  const log: string[] = [];
  const attempts: { atMs: number; timeoutMs: number; open: boolean; stands: boolean; listener: ConnectionListener }[] =
    [];
  const subchannel = new Subchannel(
    instance,
    {
      settings,
      clock,
      random: randomStream('subchannel'),
      connector: (_target, timeoutMs, listener) => {
        const attempt = { atMs: clock.now(), timeoutMs, open: true, stands: false, listener };
        const answer = answers[attempts.length] ?? null;
        attempts.push(attempt);
        if (answer !== null) {
          clock.schedule(
            answer.afterMs,
            () => {
              if (!attempt.open) return;
              attempt.open = answer.connects;
              attempt.stands = answer.connects;
              listener.onDone(answer.connects);
            },
            0,
          );
        }
        return () => {
          attempt.open = false;
          attempt.stands = false;
        };
      },
    },
    (state) => void log.push(`${clock.now()} ${names[state]}`),
  );
  const lose = (): void => {
    const attempt = attempts.find(({ stands }) => stands);
    if (attempt === undefined) return;
    Object.assign(attempt, { open: false, stands: false });
    attempt.listener.onLost();
  };
  return { clock, subchannel, log, attempts, lose, settings };
}

const refused = (afterMs = 1): Answer => ({ afterMs, connects: false });
const connects = (afterMs = 1): Answer => ({ afterMs, connects: true });
const steady = { jitter: 0 };

describe('Subchannel', () => {
  it('connects when asked, and not before', () => {
    const { clock, subchannel, log } = rig([connects()]);
    clock.advance(5000);
    subchannel.connect();
    subchannel.connect();
    clock.advance(5000);
    expect(log).toEqual(['5000 connecting', '5001 ready']);
    expect(clock.pending).toBe(0);
  });

  it('tries again by itself until it is connected, and fails until then (A62)', () => {
    const { clock, subchannel, log } = rig([refused(), refused(), connects()], { ...steady, system: 'grpc-go' });
    subchannel.connect();
    clock.advance(100_000);
    // 1 s and 1.6 s after each failure.
    expect(log).toEqual(['0 connecting', '1 failing', '1002 failing', '2603 connecting', '2603 ready']);
  });

  it.each(['grpc-java', 'grpc-core'] as const)('waits from the attempt on in %s', (system) => {
    const { clock, subchannel, attempts } = rig([refused(400), refused(5000), connects()], { ...steady, system });
    subchannel.connect();
    clock.advance(100_000);
    // The second attempt took longer than the wait after it.
    expect(attempts.map(({ atMs }) => atMs)).toEqual([0, 1000, 6000]);
  });

  it('gives an attempt up after 20 s, or after its wait where that is longer', () => {
    const { clock, subchannel, attempts, log } = rig([], { ...steady, multiplier: 30 });
    subchannel.connect();
    clock.advance(200_000);
    expect(attempts.slice(0, 3).map(({ timeoutMs }) => timeoutMs)).toEqual([20_000, 30_000, 120_000]);
    expect(attempts.slice(0, 3).map(({ atMs }) => atMs)).toEqual([0, 21_000, 81_000]);
    expect(log.slice(0, 3)).toEqual(['0 connecting', '20000 failing', '51000 failing']);
    expect(attempts.slice(0, 2).map(({ open }) => open)).toEqual([false, false]);
  });

  // netty 4.1.48 at a listener whose queue is full: 30.02 s.
  it('gives an attempt up after the same time always in grpc-java', () => {
    const written = { ...steady, multiplier: 90, system: 'grpc-java', minConnectTimeoutMs: 30_000 } as const;
    const { clock, subchannel, attempts } = rig([], written);
    subchannel.connect();
    clock.advance(400_000);
    expect(attempts.slice(0, 4).map(({ timeoutMs }) => timeoutMs)).toEqual(Array(4).fill(30_000));
    // Waits of 1, 90, 120 and 120 s, which begin with the attempt.
    expect(attempts.slice(0, 4).map(({ atMs }) => atMs)).toEqual([0, 30_000, 120_000, 240_000]);
  });

  it('is idle once its connection is lost, and connects without a wait when asked again', () => {
    const { clock, subchannel, log, lose } = rig([refused(), connects(), connects()], steady);
    subchannel.connect();
    clock.advance(3000);
    lose();
    clock.advance(1000);
    subchannel.connect();
    clock.advance(1000);
    expect(log.slice(-4)).toEqual(['1002 ready', '3000 idle', '4000 connecting', '4001 ready']);
  });

  it('begins its waits anew once it was ready', () => {
    const answers = [refused(), refused(), connects(), refused(), connects()];
    const { clock, subchannel, log, lose } = rig(answers, steady);
    subchannel.connect();
    clock.advance(5000);
    lose();
    subchannel.connect();
    clock.advance(5000);
    expect(log.slice(-5)).toEqual(['5000 idle', '5000 connecting', '5001 failing', '6002 connecting', '6002 ready']);
  });

  it('lets go of everything when closed', () => {
    for (const answers of [[connects()], [refused()], []]) {
      const { clock, subchannel, log, attempts } = rig(answers);
      subchannel.connect();
      clock.advance(10);
      const told = log.length;
      subchannel.close();
      expect(subchannel.state).toBe(Connectivity.idle);
      expect(attempts.some(({ open }) => open)).toBe(false);
      expect(clock.pending).toBe(0);
      expect(log).toHaveLength(told);
    }
  });

  const systems: readonly ConnectionSystem[] = ['grpc-go', 'grpc-java', 'grpc-core'];
  const answer = fc.option(fc.record({ afterMs: fc.integer({ min: 0, max: 40_000 }), connects: fc.boolean() }));
  const step = fc.oneof(
    { arbitrary: fc.integer({ min: 0, max: 60_000 }).map((ms) => ({ kind: 'advance', ms }) as const), weight: 4 },
    fc.constant({ kind: 'connect', ms: 0 } as const),
    fc.constant({ kind: 'lose', ms: 0 } as const),
    { arbitrary: fc.constant({ kind: 'close', ms: 0 } as const), weight: 1 },
  );

  test.prop([fc.array(answer, { maxLength: 20 }), fc.array(step, { maxLength: 40 }), fc.constantFrom(...systems)])(
    'has one connection at most, waits between attempts, and is ready as long as one stands',
    (answers, steps, system) => {
      const { clock, subchannel, attempts, log, lose, settings } = rig(answers, { system });
      let asked = 0;
      const check = (): void => {
        expect(attempts.filter(({ open }) => open).length).toBeLessThanOrEqual(1);
        expect(subchannel.state === Connectivity.ready).toBe(attempts.some(({ stands }) => stands));
        expect(clock.pending === 0 || subchannel.state !== Connectivity.ready || answers.length > 0).toBe(true);
      };
      let closes = 0;
      for (const { kind, ms } of steps) {
        const endMs = clock.now() + ms;
        if (kind === 'advance') {
          while (clock.step(endMs)) check();
          clock.advanceTo(endMs);
        } else if (kind === 'connect') {
          if (subchannel.state === Connectivity.idle) asked++;
          subchannel.connect();
        } else if (kind === 'lose') lose();
        else {
          if (subchannel.state !== Connectivity.idle) closes++;
          subchannel.close();
        }
        check();
      }
      // From connecting to failing, from failing to connecting only just before it is ready.
      const states = log.map((line) => line.split(' ')[1]);
      if (closes === 0) {
        states.forEach((state, i) => {
          const next = states[i + 1];
          if (next === undefined) return;
          const allowed = { idle: ['connecting'], connecting: ['ready', 'failing'], ready: ['idle'] }[state];
          expect(allowed ?? ['failing', 'connecting'], `${i}: ${states}`).toContain(next);
          if (state === 'failing' && next === 'connecting') expect(states[i + 2]).toBe('ready');
        });
        // Nobody tries more often than once for each time he was asked, and once for each failure.
        expect(attempts.length).toBeLessThanOrEqual(asked + states.filter((state) => state === 'failing').length);
        const leastMs = settings.initialBackoffMs * (1 - settings.jitter);
        attempts.slice(1).forEach(({ atMs }, i) => {
          const failedBefore = log.some((line) => line.endsWith('failing') && Number(line.split(' ')[0]) <= atMs);
          const lost = log.some((line) => line.endsWith('idle') && Number(line.split(' ')[0]) >= attempts[i].atMs);
          if (failedBefore && !lost) expect(atMs - attempts[i].atMs).toBeGreaterThanOrEqual(leastMs);
        });
      }
    },
  );
});

describe('Connections', () => {
  it('asks for a connection a moment later, of who is still there', () => {
    const clock = new ManualClock();
    const log: string[] = [];
    const connections = new Connections({
      ...{ clock, settings: GRPC_CONNECTIONS, random: randomStream('c') },
      connector: ({ id }, _timeoutMs, { onDone }) => {
        log.push(`connect ${id}`);
        clock.schedule(1, () => onDone(true), 0);
        return () => log.push(`close ${id}`);
      },
      listener: (host, state) => log.push(`${host} ${names[state]}`),
    });
    connections.add(0, { ...instance, id: 'a' });
    connections.add(1, { ...instance, id: 'b' });
    for (const host of [0, 0, 1]) connections.connect(host);
    expect(log).toEqual([]);
    connections.remove(1);
    connections.add(1, { ...instance, id: 'c' });
    clock.advance(1);
    expect(log).toEqual(['connect a', '0 connecting', '0 ready']);
    expect(() => connections.add(1, instance)).toThrow(RangeError);
    connections.close();
    expect(log.slice(-1)).toEqual(['close a']);
  });
});
