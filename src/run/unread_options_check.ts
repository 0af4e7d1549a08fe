import { strategyNamed } from '../balancer/strategies/index.ts';
import { needsText, type OptionDescriptors, unreadOptions } from '../core/options.ts';
import { accrualNamed } from '../health/accrual/index.ts';
import type { TrialConfig } from '../sim/config.ts';
import type { Check } from './warnings.ts';

/** Options beside others that make nothing of them. The reader lets them stand where the matrix or a variant sets those others. */
export const unreadOptionsCheck: Check = ({ trial }) => {
  const unread = policiesOf(trial).flatMap(({ name, options, known }) =>
    unreadOptions(known, options).map((option) => ({ name, text: `${option} is for ${needsText(known[option])}` })),
  );
  if (unread.length === 0) return null;
  return {
    cause: `${unread[0].name} has options that it does not read beside its others: ${unread.map(({ text }) => text).join('; ')}`,
    effect: 'they change nothing',
    next: 'leave them out there: write them where what they are for is set',
  };
};

function policiesOf({ strategy, failureAccrual }: TrialConfig) {
  const chosen: { name: string; options: TrialConfig['strategy']['options']; known: OptionDescriptors }[] = [];
  chosen.push({ ...strategy, known: strategyNamed(strategy.name).options });
  if (failureAccrual !== null) chosen.push({ ...failureAccrual, known: accrualNamed(failureAccrual.name).options });
  return chosen;
}
