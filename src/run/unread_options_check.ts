import { strategyNamed } from '../balancer/strategies/index.ts';
import { needsText, type OptionDescriptors, unreadOptions } from '../core/options.ts';
import { accrualNamed } from '../health/accrual/index.ts';
import type { TrialConfig } from '../sim/config.ts';
import type { Check } from './warnings.ts';

/** Options beside others that make nothing of them. They are no error: a matrix sets some for a part of its columns. */
export const unreadOptionsCheck: Check = ({ trial }) => {
  const cause = unreadOptionsText(trial);
  return cause === null
    ? null
    : {
        cause,
        effect: 'they change nothing',
        next: 'leave them out there: write them where what they are for is set',
      };
};

/** What options are there that nobody reads, and what they are for; null: none. */
export function unreadOptionsText(trial: Pick<TrialConfig, 'strategy' | 'failureAccrual'>): string | null {
  const unread = policiesOf(trial).flatMap(({ name, options, known }) =>
    unreadOptions(known, options).map((option) => ({ name, text: `${option} is for ${needsText(known[option])}` })),
  );
  if (unread.length === 0) return null;
  return `${unread[0].name} has options that it does not read beside its others: ${unread.map(({ text }) => text).join('; ')}`;
}

function policiesOf({ strategy, failureAccrual }: Pick<TrialConfig, 'strategy' | 'failureAccrual'>) {
  const chosen: { name: string; options: TrialConfig['strategy']['options']; known: OptionDescriptors }[] = [];
  chosen.push({ ...strategy, known: strategyNamed(strategy.name).options });
  if (failureAccrual !== null) chosen.push({ ...failureAccrual, known: accrualNamed(failureAccrual.name).options });
  return chosen;
}
