import { deterministic } from './deterministic.ts';
import { deterministicAperture } from './deterministic_aperture.ts';
import { randomAperture } from './random_aperture.ts';
import { rendezvous } from './rendezvous.ts';
import type { RegisteredSubsetting } from './subsetting.ts';

/** Every kind of subsetting there is, and the only list of them: a new one is a file and a line here. */
export const subsettings: readonly RegisteredSubsetting[] = [
  deterministicAperture,
  randomAperture,
  rendezvous,
  deterministic,
];

/** The kind of subsetting of that name. Throws a RangeError that lists the names there are. */
export function subsettingNamed(name: string): RegisteredSubsetting {
  const found = subsettings.find((subsetting) => subsetting.name === name);
  if (found) return found;
  throw new RangeError(
    `there is no subsetting '${name}'; there are ${subsettings.map((each) => each.name).join(', ')}`,
  );
}
