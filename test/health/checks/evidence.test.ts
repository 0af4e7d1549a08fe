import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { randomStream } from '../../../src/core/random.ts';
import { HealthChecker } from '../../../src/health/checks/checker.ts';
import {
  CONSUL_CHECK,
  HAPROXY_CHECK,
  type HealthCheckSettings,
  KUBERNETES_PROBE,
  startsHealthy,
} from '../../../src/health/checks/settings.ts';
import { isPass, type ProbeVerdict } from '../../../src/health/probe.ts';
import { ManualClock } from '../../helpers/manual_clock.ts';
import { type Answer, fakeHost, instance, settings } from './fake_host.ts';

const count = fc.integer({ min: 1, max: 3 });
const anySettings = fc.record({ rise: count, fall: count }).chain(({ rise, fall }) =>
  fc.constantFrom<HealthCheckSettings>(
    settings({ healthyThreshold: rise, unhealthyThreshold: fall, intervalJitterMs: 50 }),
    { ...HAPROXY_CHECK, rise, fall, fastinterMs: 300, downinterMs: 3000, spreadChecksPercent: 5 },
    { ...HAPROXY_CHECK, rise, fall, initState: 'fully-down' },
    { ...CONSUL_CHECK, intervalMs: 1000, timeoutMs: 500, successBeforePassing: rise, failuresBeforeCritical: fall },
    {
      ...{ system: 'kubernetes', liveness: null, startup: null },
      readiness: { ...KUBERNETES_PROBE, periodMs: 1000, successThreshold: rise, failureThreshold: fall },
    },
  ),
);
const answers = fc.array(
  fc.constantFrom<Answer>('pass', 'pass', 'degraded', 'badAnswer', 'warning', 'refused', 'silence'),
  { minLength: 1, maxLength: 40 },
);

/** Everything one checker says of a host whose probes are answered like this. */
function told(settings: HealthCheckSettings, answers: readonly Answer[], seed: string) {
  const clock = new ManualClock();
  const host = fakeHost(clock, (n) => answers[n % answers.length] as Answer, 7);
  const verdicts: ProbeVerdict[] = [];
  const changes: {
    healthy: boolean;
    evidenceAtMs: number;
    sentAtMs: number;
    verdict: ProbeVerdict | null;
    nth: number;
  }[] = [];
  const checker = new HealthChecker({
    clock,
    random: randomStream(seed),
    probe: host.probe,
    settings,
    onProbe: (_, verdict) => void verdicts.push(verdict),
  });
  checker.start(instance('a'), (healthy, evidenceAtMs) => {
    const sentAtMs = host.sentAtMs[verdicts.length - 1] ?? Number.NaN;
    changes.push({ healthy, evidenceAtMs, sentAtMs, verdict: verdicts.at(-1) ?? null, nth: verdicts.length });
  });
  clock.advance(60_000);
  return { verdicts, changes };
}

test.prop([anySettings, answers, fc.nat()], { numRuns: 200 })(
  'no verdict without evidence: every turn is that of the probe that has just ended, and speaks for it',
  (settings, answers, seed) => {
    const { changes } = told(settings, answers, `${seed}`);
    let before = startsHealthy(settings);
    for (const { healthy, evidenceAtMs, sentAtMs, verdict } of changes) {
      expect(evidenceAtMs).toBe(sentAtMs);
      if (verdict !== null && healthy !== before) expect(isPass(verdict)).toBe(healthy);
      before = healthy;
    }
  },
);

test.prop([anySettings, answers, fc.nat()], { numRuns: 100 })(
  'the verdict is a function of the event history: when probes are sent changes nothing',
  (settings, answers, seed) => {
    const one = told(settings, answers, `${seed}`);
    const other = told(settings, answers, `${seed} again`);
    const n = Math.min(one.verdicts.length, other.verdicts.length);
    expect(one.verdicts.slice(0, n)).toEqual(other.verdicts.slice(0, n));
    const turns = Math.min(one.changes.length, other.changes.length);
    const sequence = ({ changes }: typeof one) =>
      changes.slice(0, turns).map(({ healthy, verdict }) => [healthy, verdict]);
    expect(sequence(one)).toEqual(sequence(other));
  },
);

test.prop([anySettings, answers, fc.constantFrom<Answer>('pass', 'refused', 'silence'), fc.nat()], { numRuns: 200 })(
  'every host comes back once it answers again, and none stays that does not, whatever went before',
  (settings, before, last, seed) => {
    const { verdicts, changes } = told(settings, [...before, ...Array<Answer>(100).fill(last)], `${seed}`);
    // As many as either threshold may be, after the last that was random.
    const enough = before.length + 3;
    fc.pre(verdicts.length >= enough);
    const thought = changes.findLast(({ nth }) => nth <= enough)?.healthy ?? startsHealthy(settings);
    expect(thought).toBe(last === 'pass');
  },
);
