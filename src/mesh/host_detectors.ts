import type { Clock } from '../core/clock.ts';
import type { Random } from '../core/random.ts';
import type { DetectorPorts, HostDetector } from '../health/host_detector.ts';

export type DetectorCause = 'heartbeat' | 'gossip';

/** What makes the detector of each cause. Absent or null: there is none. */
export type DetectorMakers = { readonly [C in DetectorCause]?: ((ports: DetectorPorts) => HostDetector) | null };

/** A detector under the cause that it is told of by. */
export interface CausedDetector {
  readonly cause: DetectorCause;
  readonly detector: HostDetector;
}

/** In the order in which they are told of a host. */
const DETECTOR_CAUSES: readonly DetectorCause[] = ['heartbeat', 'gossip'];

/** `judge`: hears what each says of the host in that slot. */
export function hostDetectorsOf(
  makers: DetectorMakers,
  clock: Clock,
  random: Random,
  judge: (slot: number, cause: DetectorCause, bad: boolean, evidenceAtMs: number) => void,
): readonly CausedDetector[] {
  return DETECTOR_CAUSES.flatMap((cause) => {
    const detector = makers[cause]?.({
      clock,
      random: random.fork(cause),
      listener: (slot, out, evidenceAtMs) => judge(slot, cause, out, evidenceAtMs),
    });
    return detector ? [{ cause, detector }] : [];
  });
}
