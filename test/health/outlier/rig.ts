import { Outcome } from '../../../src/core/outcome.ts';
import { type Random, randomStream } from '../../../src/core/random.ts';
import { createOutlierDetection } from '../../../src/health/outlier/outlier_detection.ts';
import { OUTLIER_DETECTION, type OutlierDetectionSettings } from '../../../src/health/outlier/settings.ts';
import { ManualClock } from '../../helpers/manual_clock.ts';

/** Hosts 0 to n-1 under outlier detection. `out` holds those ejected now, `log` every verdict. */
export function rigOf(
  hosts: number,
  written: Partial<OutlierDetectionSettings> = {},
  random: Random = randomStream('outliers'),
) {
  const clock = new ManualClock();
  const out = new Set<number>();
  const log: string[] = [];
  const settings = { ...OUTLIER_DETECTION, ...written };
  const passive = createOutlierDetection({
    clock,
    random,
    settings,
    listener: (host, isOut) => {
      if (isOut === out.has(host)) throw new Error(`told twice of ${host}`);
      if (isOut) out.add(host);
      else out.delete(host);
      log.push(`${clock.now()} ${isOut ? 'out' : 'in'} ${host}`);
    },
  });
  for (let host = 0; host < hosts; host++) passive.add(host);
  const load = (host: number, times: number, outcome: Outcome = Outcome.error): void => {
    for (let i = 0; i < times; i++) passive.ended(host, outcome, clock.now());
  };
  const taken = (): string[] => log.splice(0);
  return { clock, passive, out, load, taken, settings };
}

export const s = (seconds: number): number => seconds * 1000;
