import { expect } from 'vitest';
import type { SlowStart } from '../../src/balancer/load_balancer.ts';
import { answeredAtOnce, countsOf } from '../helpers/balancing.ts';
import { ManualClock } from '../helpers/manual_clock.ts';
import { type Law, shareExcess, traitsOf } from './law.ts';
import { hostsOfKeys, rigOf } from './rig.ts';
import { tableTolerance } from './tables.ts';

const WINDOW_MS = 60_000;
const KINDS: readonly SlowStart[] = [
  { kind: 'envoy', windowMs: WINDOW_MS, aggression: 1, minWeightShare: 0.1 },
  { kind: 'envoy', windowMs: WINDOW_MS, aggression: 2, minWeightShare: 0.1 },
  { kind: 'haproxy', windowMs: WINDOW_MS },
];

/** A host that is back is eased in. */
export const slowStartLaws: readonly Law[] = [
  {
    name: 'gives a host in slow start a share that starts low, never falls, and ends as any other',
    applies: ({ weighted, fixedWeights = false }) => weighted !== 'none' && !fixedWeights,
    check: (subject) => {
      const traits = traitsOf(subject);
      const [keyed, table] = [traits.affinity !== 'none', traits.weighted === 'table'];
      // A share of m picks errs by `error` to either side, the difference of two of them by twice as much.
      const picks = 3000;
      for (const slowStart of subject.named ? KINDS : KINDS.slice(1)) {
        const clock = new ManualClock(1000);
        const balancer = rigOf(subject, [8, 8], { clock, slowStart });
        const shareOfFirst = (): number => {
          const hosts = keyed ? hostsOfKeys(balancer, picks) : answeredAtOnce(balancer, picks);
          return countsOf(balancer, hosts)[0] / picks;
        };
        clock.advance(2 * WINDOW_MS);
        const usual = shareOfFirst();
        balancer.setHealthy(balancer.members[0], false);
        clock.advance(WINDOW_MS);
        answeredAtOnce(balancer, 10);
        balancer.setHealthy(balancer.members[0], true);
        const error = table ? tableTolerance(subject, [8, 8], 0, picks) : shareExcess(picks);
        const shares = [shareOfFirst()];
        for (let i = 0; i < 8; i++) {
          // Not in step with whole seconds, and one reading after the end of the window.
          clock.advance(WINDOW_MS / 8 + 90);
          shares.push(shareOfFirst());
        }
        const what = `${slowStart.kind}: ${shares.join(' ')}, usually ${usual}`;
        shares.slice(1).forEach((share, i) => {
          expect(share, what).toBeGreaterThan(shares[i] - 2 * error);
        });
        expect(shares[0], what).toBeLessThan(0.5 * usual + 2 * error);
        expect(Math.abs(shares[8] - usual), what).toBeLessThan(2 * error);
      }
    },
  },
];
