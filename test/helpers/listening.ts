import type { Strategy } from '../../src/balancer/strategy.ts';

/** The same strategy with another `rebuild`, which may call the first one, and perhaps another `pick`. */
export function listening(
  strategy: Strategy,
  rebuild: Strategy['rebuild'],
  pick: Strategy['pick'] = (key, attempt, draw) => strategy.pick(key, attempt, draw),
): Strategy {
  const { selector, followsWeights, prompt } = strategy;
  return {
    rebuild,
    pick,
    onStart: (host) => strategy.onStart(host),
    onEnd: (...ended) => strategy.onEnd(...ended),
    ...(strategy.onSent && { onSent: () => strategy.onSent?.() }),
    // Present only where the strategy has them: their absence means something.
    ...(selector && { selector: (key) => selector.call(strategy, key) }),
    ...(followsWeights && { followsWeights }),
    ...(prompt && { prompt }),
  };
}
