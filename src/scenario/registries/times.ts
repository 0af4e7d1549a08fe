import { optional } from '../blocks.ts';
import { duration } from '../scalars.ts';
import { formatDuration } from '../units.ts';

/** A time of a registry with the system's default. */
export function time(value: number, doc: string, range: { min?: number; above?: number } = { min: 1 }) {
  const text = formatDuration(value);
  return optional(duration(range, text), value, doc, text);
}
