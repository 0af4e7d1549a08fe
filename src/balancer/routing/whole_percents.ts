/**
 * The whole percents of a share that Envoy keeps of its configuration, where it is a double from 0 to 100: cut off, and one
 * too few of 29, 57 and 58 (ProtobufPercentHelper::convertPercent).
 */
export function wholePercents(share: number): number {
  return Math.trunc(100 * share);
}
