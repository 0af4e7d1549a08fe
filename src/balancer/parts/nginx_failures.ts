import { isUnanswered, Outcome } from '../../core/outcome.ts';

/**
 * What failed attempts cost a host in the rounds of nginx's policies: weight / `maxFails` (whole) each, until rounds have
 * given it back; 0: nothing. Failed is what nginx tries the next server for: no connection, a lost one, a timeout; and with
 * `failOnErrors`, as with proxy_next_upstream http_500 http_503, an answer that is an error or a rejection.
 * Source: ngx_http_upstream_round_robin.c, ngx_http_upstream_free_round_robin_peer_locked.
 */
export interface NginxFailures {
  readonly maxFails: number;
  readonly failOnErrors: boolean;
}

/** nginx's defaults. */
export const USUAL_FAILURES: NginxFailures = { maxFails: 1, failOnErrors: false };

/** The options for them, of strategies that say with what else they are read. */
export const maxFailsOption = {
  type: 'integer',
  min: 0,
  default: USUAL_FAILURES.maxFails,
  doc: 'A failed attempt costs a host weight / maxFails in rounds until it has recovered; 0: nothing.',
} as const;

export const failOnErrorsOption = {
  type: 'boolean',
  default: USUAL_FAILURES.failOnErrors,
  doc: 'Whether errors and rejections are failed attempts too, and not just what was not answered.',
} as const;

/**
 * By outcome, 1 where an attempt that ended so costs its host anything. A table, since strategies that are told of an end
 * in few words are compiled into those that tell, and no time that goes along is an object.
 */
export function costsByOutcome({ maxFails, failOnErrors }: NginxFailures): Uint8Array {
  const costs = (outcome: Outcome): boolean =>
    isUnanswered(outcome) || (failOnErrors && (outcome === Outcome.error || outcome === Outcome.rejected));
  return Uint8Array.from(Object.values(Outcome), (outcome) => (maxFails > 0 && costs(outcome) ? 1 : 0));
}

/**
 * Another attempt has failed of a host whose weight, and what that is lowered by, are at these places. In place, since a
 * number with a fraction that is handed over or back is an object.
 */
export function lowerOnce({ maxFails }: NginxFailures, values: Float64Array, lowered: number, weight: number): void {
  values[lowered] = Math.min(values[lowered] + Math.trunc(values[weight] / maxFails), values[weight]);
}
