import type { BeliefChange, ReplayEvent, TruthChange } from '../../run/replay/events.ts';
import { type Cast, causeWords, clock, named, noRetryWords, outcomeWords, timerWords, took } from './words.ts';

/** One line of the log: when, about whom, what. */
export interface LogLine {
  readonly when: string;
  readonly who: string;
  readonly what: string;
}

/** An event in words. */
export function logLine(event: ReplayEvent, cast: Cast): LogLine {
  const when = clock(event.atMs);
  switch (event.kind) {
    case 'send': {
      return { when, who: `request ${event.request}`, what: sendWords(event) };
    }
    case 'end': {
      const timer = event.timer === null ? '' : `: ${timerWords[event.timer]}`;
      const ended = `${outcomeWords[event.outcome]} after ${took(event.afterMs)}${timer}`;
      return {
        ...{ when, who: `request ${event.request}` },
        what: `attempt ${event.attempt}, ${event.caller} to ${event.instance}, ${ended}`,
      };
    }
    case 'done':
      return { when, who: `request ${event.request}`, what: doneWords(event) };
    case 'belief': {
      const who = named(event.callers, cast.callers, 'caller');
      return { when, who, what: `${named(event.instances, cast.instances, 'instance')}: ${beliefText(event.changes)}` };
    }
    case 'panic':
      return {
        ...{ when, who: named(event.callers, cast.callers, 'caller') },
        what: event.panic ? 'panic begins: health is disregarded' : 'panic ends',
      };
    case 'probe': {
      const by = event.caller ?? 'agent';
      return {
        when,
        who: by,
        what: `health check of ${event.instance} ${event.passed ? 'passes again' : 'begins to fail'}`,
      };
    }
    case 'truth': {
      const who = event.instances.length === 0 ? 'registry' : named(event.instances, cast.instances, 'instance');
      return { when, who, what: `in truth: ${event.changes.map(truthText).join('; ')}` };
    }
    case 'measuring':
      return { when, who: 'run', what: event.starts ? 'warm-up is over, measuring starts' : 'measuring stops' };
  }
}

function sendWords({ attempt, caller, instance, key, waitedMs }: ReplayEvent & { readonly kind: 'send' }): string {
  const keyed = key === undefined ? '' : `, key ${key}`;
  const waited = waitedMs === undefined ? '' : `has waited at ${caller} for ${took(waitedMs)}`;
  if (attempt > 1) return `${waited}${waited === '' ? '' : ': '}attempt ${attempt} to ${instance}`;
  return `${waited === '' ? `arrives at ${caller}` : waited}${keyed}: to ${instance}`;
}

function doneWords(event: ReplayEvent & { readonly kind: 'done' }): string {
  const made = event.attempts > 1 ? `, ${event.attempts} attempts` : '';
  if (event.outcome === 'ok') return `done: ok from ${event.instance}, ${took(event.tookMs)} in all${made}`;
  const why = event.noRetry === null ? '' : `; ${noRetryWords(event.noRetry, event)}`;
  return `FAILED: ${outcomeWords[event.outcome]}, ${took(event.tookMs)} in all${made}${why}`;
}

/** Changes in order; what follows from another of them is left out. */
function beliefText(changes: readonly BeliefChange[]): string {
  const view = changes.findLast((change) => change.what === 'view')?.inView ?? null;
  const turned = changes.findLast((change) => change.what === 'belief');
  const parts = changes.map((change) => changeText(change, view, turned)).filter((text) => text !== '');
  return parts.length === 0 ? 'nothing that shows' : parts.join('; ');
}

/** Empty where `view`, whether the instance has entered or left, or `turned` says it already. */
function changeText(
  change: BeliefChange,
  view: boolean | null,
  turned: (BeliefChange & { readonly what: 'belief' }) | undefined,
): string {
  if (change.what === 'view') return change.inView ? 'enters the view' : 'leaves the view';
  if (view === false) return '';
  switch (change.what) {
    case 'belief':
      if (change.good) return `believed good (${causeWords.good[change.cause]})`;
      return `believed bad (${causeWords.bad[change.cause]}${evidence(change.evidenceAtMs)})`;
    case 'verdict':
      if ((view === true && change.good) || turned?.cause === change.source) return '';
      return `${causeWords[change.good ? 'good' : 'bad'][change.source]}, which turns no belief`;
    case 'probing':
      return change.probing ? 'single requests are let through' : 'single requests are no longer let through';
    case 'pickable':
      if (turned?.good === change.pickable) return '';
      if (change.pickable) return change.panic ? 'may be picked (panic)' : 'may be picked';
      return 'may no longer be picked';
  }
}

function evidence(evidenceAtMs: number): string {
  return Number.isFinite(evidenceAtMs) ? `; evidence of ${clock(evidenceAtMs)}` : '';
}

function truthText(change: TruthChange): string {
  switch (change.what) {
    case 'fault':
      return `${change.fault} ${change.starts ? 'begins' : 'ends'}`;
    case 'up':
      return change.up ? 'up again' : 'down';
    case 'impaired':
      return change.impaired ? `impaired by ${change.fault}` : 'no longer impaired';
    case 'planned':
      return change.planned ? 'a restart on purpose begins' : 'back from its restart';
  }
}
