import { fillDefaults, type WrittenOptions } from '../core/options.ts';
import { accrualNamed } from '../health/accrual/index.ts';
import type { TrialConfig } from '../sim/config.ts';
import type { Check } from './warnings.ts';

/** What a kind of failure accrual acts upon, with these options. */
export interface AccrualRules {
  /** So many failures, in a row but for nginx's; 0: they never count. */
  readonly failures: number;
  /** A success rate below this, over the window, with so many results in it; null: it never counts. */
  readonly rate: { readonly required: number; readonly windowMs: number; readonly minRequests: number } | null;
  /** Whether a 5xx is a failure. */
  readonly serverErrors: boolean;
}

export function accrualRules({ name, options }: NonNullable<TrialConfig['failureAccrual']>): AccrualRules {
  const filled: WrittenOptions = fillDefaults(name, accrualNamed(name).options, options);
  const value = (option: string) => Number(filled[option] ?? 0);
  const required =
    name === 'breaker' ? (value('failureRate') === 0 ? 0 : 1 - value('failureRate')) : value('successRate');
  const counts = required > 0 && filled.mode !== 'consecutive';
  return {
    failures: Math.max(value('consecutiveFailures'), value('maxFailures'), value('maxFails')),
    rate: counts ? { required, windowMs: value('window'), minRequests: value('minRequests') } : null,
    serverErrors: name !== 'nginx-max-fails' || filled.serverErrors === true,
  };
}

const nothingCounts: Check = ({ trial: { failureAccrual } }) => {
  if (failureAccrual === null) return null;
  const { failures, rate } = accrualRules(failureAccrual);
  if (failures > 0 || rate !== null) return null;
  return {
    cause: `failureAccrual ${failureAccrual.name} counts nothing: neither failures nor a success rate`,
    effect: 'no host is ever taken out',
    next: 'give it a number of failures above 0, or leave failureAccrual out',
  };
};

const onlyServer: Check = ({ trial: { failureAccrual, instances } }) => {
  if (failureAccrual?.name !== 'nginx-max-fails' || instances.length > 1) return null;
  return {
    cause: 'failureAccrual nginx-max-fails never takes out the only server of a group, and there is 1 instance',
    effect: 'no host is ever taken out; so it is in nginx',
    next: 'add instances, or use another failureAccrual',
  };
};

const errorsDoNotCount: Check = ({ trial: { failureAccrual, faults } }) => {
  if (failureAccrual === null || accrualRules(failureAccrual).serverErrors) return null;
  if (faults.length === 0 || faults.some(({ action }) => action.kind !== 'errors')) return null;
  return {
    cause: `to failureAccrual ${failureAccrual.name} a 5xx is no failure, and all that fails here answers with one`,
    effect: 'no host is ever taken out',
    next: 'write serverErrors: true, which is proxy_next_upstream http_500 of nginx',
  };
};

/** Each caller judges by its own requests alone. */
const tooFewForRate: Check = ({ trial }) => {
  const { failureAccrual, instances, callers, load, durationMs } = trial;
  if (failureAccrual === null) return null;
  const { rate } = accrualRules(failureAccrual);
  if (rate === null) return null;
  const effect = `failureAccrual ${failureAccrual.name} hardly ever takes out a host for its success rate`;
  // Finagle says nothing of it before one window has passed.
  if (failureAccrual.name === 'finagle' && rate.windowMs >= durationMs) {
    return {
      cause: 'the window of failureAccrual finagle is no shorter than the run, and it waits for one to pass',
      effect,
      next: 'make duration longer or window shorter, or rely on failures in a row',
    };
  }
  const used = instances.filter(({ weight }) => weight > 0).length;
  const seen = (load.ratePerMs * rate.windowMs) / (callers.length * used);
  if (seen >= rate.minRequests) return null;
  return {
    cause: `a caller sends some ${Number(seen.toPrecision(2))} requests to each instance in the window of failureAccrual ${failureAccrual.name}, and minRequests asks for ${rate.minRequests}`,
    effect,
    next: 'make window longer, lower minRequests, or rely on failures in a row',
  };
};

/** About failure accrual that can hardly act on this scenario. */
export const accrualChecks: readonly Check[] = [nothingCounts, onlyServer, errorsDoNotCount, tooFewForRate];
