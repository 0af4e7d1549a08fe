import type { RegisteredAccrual } from './accrual.ts';
import { breaker } from './breaker.ts';
import { finagle } from './finagle.ts';
import { linkerd } from './linkerd.ts';
import { nginxMaxFails } from './nginx_max_fails.ts';

/** Every kind of failure accrual there is, and the only list of them: a new one is a file and a line here. */
export const accruals: readonly RegisteredAccrual[] = [nginxMaxFails, finagle, linkerd, breaker];

/** The kind of failure accrual of that name. Throws a RangeError that lists the names there are. */
export function accrualNamed(name: string): RegisteredAccrual {
  const found = accruals.find((accrual) => accrual.name === name);
  if (found) return found;
  throw new RangeError(
    `there is no failure accrual '${name}'; there are ${accruals.map((each) => each.name).join(', ')}`,
  );
}
