import type { Clock } from '../../../src/core/clock.ts';
import type { Instance } from '../../../src/core/instance.ts';
import type { EnvoyCheckSettings } from '../../../src/health/checks/settings.ts';
import type { Probe } from '../../../src/health/probe.ts';

/** How a fake host answers a probe; `silence` leaves it to the deadline. */
export type Answer = Parameters<Parameters<Probe>[2]>[0] | 'silence';

/** A probe of a host that answers as `answer` says at the send, `rttMs` later, and notes when it was asked and cancelled. */
export function fakeHost(clock: Clock, answer: (nthFrom0: number) => Answer, rttMs = 0) {
  const sentAtMs: number[] = [];
  const cancelledAtMs: number[] = [];
  const probe: Probe = (_target, _timeoutMs, done) => {
    const what = answer(sentAtMs.length);
    sentAtMs.push(clock.now());
    const timer = what === 'silence' ? 0 : clock.schedule(rttMs, () => done(what), 0);
    return () => {
      cancelledAtMs.push(clock.now());
      clock.cancel(timer);
    };
  };
  return { probe, sentAtMs, cancelledAtMs };
}

export function instance(id: string): Instance {
  return { id, address: `${id}:80`, zone: null, weight: 1 };
}

export function settings(over: Partial<EnvoyCheckSettings> = {}): EnvoyCheckSettings {
  return {
    system: 'envoy',
    intervalMs: 1000,
    timeoutMs: 200,
    unhealthyThreshold: 3,
    healthyThreshold: 2,
    intervalJitterMs: 0,
    ...over,
  };
}
