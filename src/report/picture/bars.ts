/** From which value to which a bar grows. The full block is for values of at least `high` alone. */
export interface Scale {
  readonly low: number;
  readonly high: number;
  /** Equal factors look alike: for what spans decades. */
  readonly log?: boolean;
}

const blocks = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;
const FULL = blocks.length - 1;

/** One block a value; a blank where there is none (NaN). */
export function bars(values: Iterable<number>, scale: Scale): string {
  return Array.from(values, (value) => (Number.isNaN(value) ? ' ' : blocks[blockOf(value, scale)])).join('');
}

function blockOf(value: number, { low, high, log = false }: Scale): number {
  if (value >= high) return FULL;
  if (value <= low) return 0;
  const at = log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
  return Math.min(Math.floor(at * FULL), FULL - 1);
}
