/** Quantiles whose intervals make the band around the latency distribution. */
export const bandQuantiles: readonly (readonly [name: string, q: number])[] = [
  ['latency.p50', 0.5],
  ['latency.p90', 0.9],
  ['latency.p99', 0.99],
  ['latency.p999', 0.999],
];
