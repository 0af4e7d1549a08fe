import type { WrittenOptions } from '../../../src/core/options.ts';
import { randomStream } from '../../../src/core/random.ts';
import { detectorNamed } from '../../../src/health/heartbeat/index.ts';
import { ManualClock } from '../../helpers/manual_clock.ts';

export const INTERVAL_MS = 1000;

/** One detector on a clock moved by hand, that watches hosts `i-0`, `i-1`, ... . Everything it says is kept. */
export function listening(name: string, options: WrittenOptions = {}, hosts = 1) {
  const clock = new ManualClock();
  const { trustsUnheard } = detectorNamed(name);
  const log: string[] = [];
  const evidence: number[] = [];
  const suspected = new Map<number, boolean>();
  const detector = detectorNamed(name).create({
    clock,
    random: randomStream('heartbeat'),
    options,
    intervalMs: INTERVAL_MS,
    listener: (host, out, evidenceAtMs) => {
      if (out === (suspected.get(host) ?? !trustsUnheard)) throw new Error(`told again of ${host}: ${out}`);
      if (evidenceAtMs > clock.now()) throw new Error(`evidence of ${evidenceAtMs} at ${clock.now()}`);
      suspected.set(host, out);
      evidence.push(evidenceAtMs);
      log.push(`${clock.now()} ${host} ${out ? 'suspected' : 'trusted'}`);
    },
  });
  const add = (host: number): void => detector.add(host, { id: `i-${host}`, address: '', zone: null, weight: 1 });
  for (let host = 0; host < hosts; host++) add(host);
  /** Sent an interval apart from 0, by their number. */
  const hear = (sequence: number, host = 0): void => detector.heard(`i-${host}`, sequence, sequence * INTERVAL_MS);
  /** A heartbeat after each of these pauses. */
  const hearAfter = (...pausesMs: readonly number[]): void => {
    for (const pauseMs of pausesMs) {
      clock.advance(pauseMs);
      detector.heard('i-0', clock.now() / INTERVAL_MS, clock.now());
    }
  };
  const trusted = (host = 0): boolean => !(suspected.get(host) ?? !trustsUnheard);
  return { clock, detector, log, evidence, add, hear, hearAfter, trusted };
}
