import { replicationsFor } from '../../metrics/replications_for.ts';
import type { CellLabel } from '../result.ts';
import type { Change } from './compare_results.ts';
import type { Margin } from './margin.ts';

/** Whether a metric became worse by more than a margin, in one column. */
export interface MarginVerdict extends CellLabel {
  readonly expression: string;
  readonly metric: string;
  readonly verdict: 'pass' | 'regression' | 'inconclusive';
  /** What is needed to decide, a side; null where it is decided, or nobody can say. */
  readonly seedsNeeded: number | null;
  /** Why nothing can be said, where that is so. */
  readonly reason: string | null;
  /** By the plain 95% interval. */
  readonly change: Change;
}

/** More replications than this nobody runs. */
const MOST_SEEDS = 10_000;

/**
 * A regression is certain only where the whole interval of the change lies beyond the margin, and its absence only where
 * none of it does. A relative margin is judged by the ratio, since the baseline is not known exactly either; where there
 * is no ratio, as with a baseline of 0, any share of the baseline is that share of its mean.
 */
export function judgeMargin(margin: Margin, change: Change): MarginVerdict {
  const { strategy, variant, params, metric } = change;
  const row = { strategy, variant, params, expression: margin.expression, metric, change };
  const decided = (verdict: MarginVerdict['verdict'], reason: string | null = null) => ({
    ...row,
    verdict,
    reason,
    seedsNeeded: null,
  });
  if (change.verdict === 'same' || change.verdict === 'none') return decided('pass');
  const beyond = beyondObservation(margin, change);
  if (beyond !== null) return decided(beyond.verdict, beyond.reason);
  const scale = scaleFor(margin, change);
  if (scale === null) return decided('inconclusive', change.n < 2 ? 'one seed has no interval' : 'no interval');
  const { worst, least, point, limit } = scale;
  if (least > limit) return decided('regression');
  if (worst <= limit) return decided('pass');
  const half = (worst - least) / 2;
  const seedsNeeded = replicationsFor(Math.abs(point - limit), half, change.n, 0.95, MOST_SEEDS);
  const reason = seedsNeeded === null ? `more than ${MOST_SEEDS} seeds would not decide it` : null;
  return { ...row, verdict: 'inconclusive', seedsNeeded, reason };
}

/** Where something was not reached there is no amount: it is beyond all margins if it is so under every seed of one side and none of the other. */
function beyondObservation({ worse }: Margin, { notReached, measured, difference }: Change) {
  if (difference !== null) return null;
  const never = (side: 'before' | 'after') => measured[side] > 1 && notReached[side] === measured[side];
  const always = (side: 'before' | 'after') => measured[side] > 1 && notReached[side] === 0;
  if (always('before') && never('after')) {
    return { verdict: worse === 'higher' ? ('regression' as const) : ('pass' as const), reason: 'no longer reached' };
  }
  if (never('before') && always('after')) {
    return { verdict: worse === 'lower' ? ('regression' as const) : ('pass' as const), reason: 'reached now' };
  }
  const reason = notReached.before + notReached.after > 0 ? 'not reached' : 'not measured';
  return { verdict: 'inconclusive' as const, reason: `${reason} under every seed of both` };
}

/** The change towards the worse and its margin, on one scale. */
interface Scale {
  readonly least: number;
  readonly point: number;
  readonly worst: number;
  readonly limit: number;
}

function scaleFor({ worse, size, relative }: Margin, change: Change): Scale | null {
  const { difference, low, high, ratio, ratioLow, ratioHigh, before } = change;
  const upwards = worse === 'higher';
  const turned = (from: number, point: number, to: number, limit: number): Scale =>
    upwards ? { least: from, point, worst: to, limit } : { least: -to, point: -point, worst: -from, limit };
  if (relative && ratio !== null && ratioLow !== null && ratioHigh !== null && (upwards || size < 1)) {
    const limit = upwards ? Math.log(1 + size) : -Math.log(1 - size);
    return turned(Math.log(ratioLow), Math.log(ratio), Math.log(ratioHigh), limit);
  }
  if (difference === null || low === null || high === null) return null;
  return turned(low, difference, high, relative ? size * Math.abs(before ?? 0) : size);
}
