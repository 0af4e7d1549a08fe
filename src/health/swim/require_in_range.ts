import type { SwimSettings } from './settings.ts';

/** Throws a RangeError naming a setting out of range. */
export function requireInRange(settings: SwimSettings): void {
  const { targets, ...numbers } = settings;
  for (const [name, value] of Object.entries(numbers)) {
    const isTime = name.endsWith('Ms');
    const least = isTime ? Number.MIN_VALUE : name === 'suspicionMaxTimeoutMult' ? 1 : 0;
    const fits = value >= least && value < Infinity && (isTime || Number.isInteger(value));
    const expected = isTime ? 'a positive time' : `a whole number from ${least}`;
    if (!fits) throw new RangeError(`gossip.${name} must be ${expected}, found ${value}`);
  }
  if (settings.probeTimeoutMs > settings.probeIntervalMs) {
    const { probeTimeoutMs, probeIntervalMs } = settings;
    throw new RangeError(
      `gossip.probeTimeoutMs must be at most probeIntervalMs, ${probeIntervalMs}, found ${probeTimeoutMs}`,
    );
  }
  if (targets !== 'round-robin' && targets !== 'random') {
    throw new RangeError(`gossip.targets must be round-robin or random, found ${String(targets)}`);
  }
}
