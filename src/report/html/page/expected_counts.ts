/**
 * How many of so many times fall into each bin by a distribution function, [ms, share] in rising order: 0 before its
 * first point, straight between points, its last share after the last.
 */
export function expectedCounts(
  law: readonly (readonly [number, number])[],
  count: number,
  starts: readonly number[],
  width: number,
): number[] {
  return starts.map((start) => count * (shareAt(law, start + width) - shareAt(law, start)));
}

function shareAt(law: readonly (readonly [number, number])[], ms: number): number {
  const next = law.findIndex(([at]) => at > ms);
  if (next === 0) return 0;
  if (next === -1) return law[law.length - 1][1];
  const [[from, low], [to, high]] = [law[next - 1], law[next]];
  return low + ((high - low) * (ms - from)) / (to - from);
}
