/** Where an axis begins and ends, and where its ticks are. */
export interface LinearScale {
  readonly min: number;
  readonly max: number;
  readonly interval: number;
}

/** 1, 2 or 5 times a power of ten, not below `rough`. */
export function roundStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  return ([1, 2, 5].find((times) => times * power >= rough) ?? 10) * power;
}

/** From 0 to the first tick above `most`, in about `steps` steps. */
export function roundScale(most: number, steps = 5): LinearScale {
  if (!(most > 0)) return { min: 0, max: 1, interval: 1 };
  const interval = roundStep(most / steps);
  return { min: 0, max: Math.ceil(most / interval) * interval, interval };
}

/** From the tick below `low`, which is not negative, to the tick above `high`. */
export function scaleBetween(low: number, high: number, steps = 5): LinearScale {
  const interval = roundStep((high - low || high || 1) / steps);
  const at = (count: number) => Number((count * interval).toPrecision(12));
  return { min: Math.max(0, at(Math.floor(low / interval))), max: at(Math.ceil(high / interval)), interval };
}

/** A logarithmic axis around these values, its ends and ticks 1, 2 or 5 times a power of ten; powers only where it is long. */
export function logScale(values: readonly number[]): { min: number; max: number; ticks: number[] } | null {
  const known = values.filter((value) => value > 0 && Number.isFinite(value));
  if (known.length === 0) return null;
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const all: number[] = [];
  for (let power = Math.floor(Math.log10(low)) - 1; power <= Math.ceil(Math.log10(high)) + 1; power++) {
    for (const times of [1, 2, 5]) all.push(Number(`${times}e${power}`));
  }
  const min = all.findLast((tick) => tick <= low) as number;
  const max = all.find((tick) => tick >= high && tick > min) as number;
  const within = all.filter((tick) => tick >= min && tick <= max);
  const isLong = within.length > 8;
  return {
    min,
    max,
    ticks: isLong ? within.filter((tick) => Number.isInteger(Math.round(Math.log10(tick) * 1e9) / 1e9)) : within,
  };
}

/** A share on an axis or in a list: `98%`, `16.67%`. */
export function percent(share: number): string {
  return `${Number((100 * share).toPrecision(4))}%`;
}
