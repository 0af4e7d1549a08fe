import type { TrialConfig } from '../sim/config.ts';
import type { Check } from './warnings.ts';

/** Choices among busy hosts rarer than this make no difference that a run can show. */
const RARELY = 0.05;

/**
 * A strategy that compares requests in flight, where there are none. By Little's law a caller has on average
 * a = rate x time in the system / (callers x hosts) in flight to a host. A host drawn at random is busy with probability
 * at most a (Markov), one of d with at most d a, whatever the law of it: while that is below 5%, at least 95% of picks see
 * nothing but idle hosts. Finagle counts the same as `p2c/zero`. The time of a request stands for that of its attempts,
 * which is shorter. Where a caller does not use all hosts alike, nothing is said.
 */
export const idleChoices: Check = ({ trial }, cells) => {
  const drawn = drawnPerPick(trial);
  const hosts = trial.instances.filter(({ weight }) => weight > 0).length;
  if (drawn === null || hosts < 2 || cells.length === 0 || !usesAllAlike(trial)) return null;
  const times = cells.map(({ latencyMs }) => latencyMs.all.mean);
  const meanMs = times.reduce<number>((sum, ms) => sum + (ms ?? Infinity), 0) / times.length;
  const inFlight = (trial.load.ratePerMs * meanMs) / (trial.callers.length * hosts);
  if (drawn * inFlight > RARELY) return null;
  return {
    cause: `${trial.strategy.name} compares requests in flight, and in more than 95% of picks all hosts it draws have none`,
    effect: 'it picks at random then, whatever the instances are like: a caller sees its own requests only',
    next: 'try fewer callers, a higher load.rate, or a strategy that remembers, such as peak-ewma',
  };
};

/** How many hosts it draws to compare; null where it does otherwise. */
function drawnPerPick({ strategy: { name, options } }: TrialConfig): number | null {
  if (name !== 'least-request') return null;
  const { algorithm, choiceCount } = { algorithm: 'choices', choiceCount: 2, ...options };
  if (algorithm === 'nginx-random-two') return 2;
  return algorithm === 'choices' || algorithm === 'haproxy-random' ? Number(choiceCount) : null;
}

function usesAllAlike({ instances, loadBalancer }: TrialConfig): boolean {
  const { locality, subset, subsetting, sessionAffinity } = loadBalancer;
  const weights = new Set(instances.map(({ weight }) => weight).filter((weight) => weight > 0));
  const ranks = new Set(instances.map(({ priority = 0, backup = false }) => `${priority} ${backup}`));
  const divided = [locality, subset, subsetting, sessionAffinity].some((setting) => setting !== null);
  return weights.size === 1 && ranks.size === 1 && !divided;
}
