import type { RegisteredAccrual } from '../health/accrual/accrual.ts';
import type { TrialConfig } from '../sim/config.ts';
import type { Form } from './form.ts';
import { policyForm } from './policy.ts';

/** `failureAccrual`: the name of a kind, or a block of that one key with its options. */
export function failureAccrualForm(
  accruals: readonly RegisteredAccrual[],
): Form<NonNullable<TrialConfig['failureAccrual']>> {
  const form = policyForm('failure accrual', accruals);
  return {
    ...form,
    read(written, reading) {
      const policy = form.read(written, reading);
      return policy === undefined ? undefined : { name: policy.name, options: policy.options };
    },
  };
}
