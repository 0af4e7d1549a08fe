import { portsOf, type StrategyPorts } from '../../src/balancer/strategy.ts';
import { numberedKeys } from '../../src/core/key.ts';
import { randomStream } from '../../src/core/random.ts';
import { ManualClock } from './manual_clock.ts';

/** What a strategy is given, of which a test need only say what it looks at. The seed is the first draw, when it is asked for. */
export function ports(given: Partial<Omit<StrategyPorts, 'seed' | 'keyless'>> = {}): StrategyPorts {
  return portsOf({
    random: randomStream('test'),
    clock: new ManualClock(),
    request: { memory: 0, list: -1, waitsFor: null },
    keyText: numberedKeys,
    probeLoad: null,
    ...given,
  });
}
