import type { ShareData } from '../report_data.ts';

/** Instances of a zone beside each other: what a zone loses is one gap. What is no instance, such as a sum, comes last. */
export function byZone<T>(all: readonly T[], idOf: (one: T) => string, instances: readonly ShareData[]): readonly T[] {
  const places = new Map(instances.map(({ id, zone }, i) => [id, { zone: zone ?? '', i }]));
  const last = { zone: '\uffff', i: instances.length };
  return all.toSorted((a, b) => {
    const [x, y] = [places.get(idOf(a)) ?? last, places.get(idOf(b)) ?? last];
    return x.zone === y.zone ? x.i - y.i : x.zone < y.zone ? -1 : 1;
  });
}
