import type { RegisteredDetector } from './detector.ts';
import { nfdE } from './nfd_e.ts';
import { nfdS } from './nfd_s.ts';
import { phiAccrual } from './phi_accrual.ts';
import { phiExponential } from './phi_exponential.ts';

/** Every kind of heartbeat detector there is, and the only list of them: a new one is a file and a line here. */
export const detectors: readonly RegisteredDetector[] = [nfdS, nfdE, phiAccrual, phiExponential];

/** The kind of heartbeat detector of that name. Throws a RangeError that lists the names there are. */
export function detectorNamed(name: string): RegisteredDetector {
  const found = detectors.find((detector) => detector.name === name);
  if (found) return found;
  throw new RangeError(`there is no detector '${name}'; there are ${detectors.map((each) => each.name).join(', ')}`);
}
