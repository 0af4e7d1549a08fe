import type { BeliefCause, ByCause } from '../../core/belief_cause.ts';
import type { BeliefNow, DoneEvent, EndEvent, FaultNow, NoRetry, Timer, TruthNow } from '../../run/replay/events.ts';
import { humanMs } from '../units.ts';

/** What a reader of the log needs to know of the cell. */
export interface Cast {
  readonly callers: number;
  readonly instances: number;
  /** Names of all zones of instances. */
  readonly zones: number;
}

const MOST_NAMES = 6;

/** A moment of the run, to a tenth of a millisecond. */
export function clock(atMs: number): string {
  return `${(atMs / 1000).toFixed(4)} s`;
}

/** Names, or `all 12 instances`; of many the first few. */
export function named(names: readonly string[], total: number, what: string): string {
  if (names.length === total && total > 1) return `all ${total} ${what}s`;
  if (names.length <= MOST_NAMES) return names.join(', ');
  const shown = MOST_NAMES - 1;
  return `${names.slice(0, shown).join(', ')} and ${names.length - shown} more`;
}

export const outcomeWords: Readonly<Record<EndEvent['outcome'], string>> = {
  ok: 'answered',
  timedOut: 'timed out',
  reset: 'lost its connection (reset)',
  refused: 'was refused',
  error: 'was answered with an error (5xx)',
  rejected: 'was rejected, the queue is full',
  noHost: 'found no host',
};

export const timerWords: Readonly<Record<Timer, string>> = {
  connect: 'the connect timeout',
  try: 'the per-try timeout',
  tryOrConnect: 'the per-try timeout, which is the connect timeout too',
  request: 'the timeout of the whole request',
};

export function noRetryWords(reason: NoRetry, { outcome }: DoneEvent): string {
  const words: Readonly<Record<NoRetry, string>> = {
    noRetries: 'no retries are configured',
    retriesUsed: 'no retry is left',
    outOfTime: 'the time of the whole request is over',
    notRetried: `'${outcome}' is not retried: see request.retries.retryOn`,
    noHost: 'nobody may be picked',
    noHostOrStrict: 'the host of its session may not be picked, which is strict, or nobody may be',
  };
  return words[reason];
}

/** What has turned a belief, or one source's verdict. */
export const causeWords: { readonly good: ByCause<string>; readonly bad: ByCause<string> } = {
  good: {
    activeCheck: 'health check passed',
    ejection: 'not ejected',
    registry: 'registry lists it',
    accrual: 'failure accrual lets it in',
    heartbeat: 'heartbeats heard',
    gossip: 'alive by gossip',
    connection: 'its connection stands',
  },
  bad: {
    activeCheck: 'health check failed',
    ejection: 'ejected by outlier detection',
    registry: 'registry dropped it',
    accrual: 'removed by failure accrual',
    heartbeat: 'heartbeats missed',
    gossip: 'dead by gossip',
    connection: 'no connection to it stands',
  },
};

/** What a caller believes of an instance. */
export function beliefWords({ inView, good, pickable, probing, sinceMs, against }: BeliefNow, panic: boolean): string {
  const since = sinceMs === null ? '' : ` since ${clock(sinceMs)}`;
  if (!inView) return `not in view${since}`;
  if (good) return 'believed good';
  const reasons = against.map((cause: BeliefCause) => causeWords.bad[cause]).join(', ');
  const bad = reasons === '' ? 'not yet found well' : `believed bad${since} (${reasons})`;
  if (probing) return `${bad}, single requests let through`;
  return pickable ? `${bad}, picked even so${panic ? ': panic' : ''}` : bad;
}

/** What is true of it. */
export function truthWords({ up, impaired, planned, sinceMs, faults }: TruthNow): string {
  const words = faults.map(({ fault, sinceMs: at }) => (at === sinceMs ? fault : `${fault} since ${clock(at)}`));
  const acting = faults.length === 0 ? '' : ` (${words.join(', ')})`;
  if (!up) return `down${sinceMs === null ? '' : ` since ${clock(sinceMs)}`}${acting}`;
  if (impaired) return `impaired${acting}`;
  if (planned) return `being restarted, still up${acting}`;
  return faults.length === 0 ? 'up' : `up${acting}`;
}

export function faultWords(faults: readonly FaultNow[]): string {
  return faults.map(({ fault, sinceMs }) => `${fault} since ${clock(sinceMs)}`).join(', ');
}

export function took(ms: number): string {
  return humanMs(ms);
}
