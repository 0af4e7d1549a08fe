import type { InstanceResult } from '../../metrics/measures.ts';
import { bars } from './bars.ts';

/** The middle block is what was expected, the full one twice that or more. */
const scale = { low: 0, high: 2 } as const;

/** The block of an instance that got what was expected. */
export const AS_EXPECTED = bars([1], scale);

type Shared = Pick<InstanceResult, 'id' | 'share' | 'expectedShare'>;

/** Share over expected share, a block an instance; where they do not fit, a block for so many neighbours. */
export function shareBars(instances: readonly Shared[], width: number): string {
  const perBlock = Math.ceil(instances.length / width);
  const blocks = Array.from({ length: Math.ceil(instances.length / perBlock) }, (_, i) =>
    ratioOf(instances.slice(i * perBlock, (i + 1) * perBlock)),
  );
  return bars(blocks, scale);
}

/** `a-1 0.42x to b-3 1.6x`: who got least and who most of what was expected. Empty where nothing was. */
export function shareExtremes(instances: readonly Shared[]): string {
  const known = instances
    .map((instance) => ({ id: instance.id, ratio: ratioOf([instance]) }))
    .filter(({ ratio }) => !Number.isNaN(ratio))
    .toSorted((a, b) => a.ratio - b.ratio);
  const least = known.at(0);
  const most = known.at(-1);
  if (least === undefined || most === undefined) return '';
  const [low, high] = [times(least.ratio), times(most.ratio)];
  return low === high ? `all ${low}` : `${least.id} ${low} to ${most.id} ${high}`;
}

function ratioOf(instances: readonly Shared[]): number {
  const sum = (of: (instance: Shared) => number | null) => instances.reduce((total, one) => total + (of(one) ?? 0), 0);
  const expected = sum(({ expectedShare }) => expectedShare);
  return expected > 0 ? sum(({ share }) => share) / expected : Number.NaN;
}

function times(ratio: number): string {
  return `${Number(ratio.toPrecision(2))}x`;
}
