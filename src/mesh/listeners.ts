import { Outcome } from '../core/outcome.ts';
import type { PassiveHealth } from '../health/passive.ts';
import type { CallTable } from './calls.ts';
import type { HostChecks } from './host_checks.ts';
import type { AttemptObserver } from './router.ts';

// What listens to attempts, put around whoever watches them: where nothing listens, nothing is paid.

/** Attempts and results reach passive health after whoever watches has been told of them: a verdict comes after what it rests on. */
export function heardBy(passive: PassiveHealth, calls: CallTable, observer: AttemptObserver): AttemptObserver {
  return {
    onSend(call, host, attempt) {
      observer.onSend(call, host, attempt);
      passive.started(host.slot);
    },
    onAttemptEnd(call, host, attempt, sentAtMs, outcome) {
      observer.onAttemptEnd(call, host, attempt, sentAtMs, outcome);
      passive.ended(host.slot, outcome, sentAtMs, calls.reweighed[call] !== host.reweighed);
    },
  };
}

/** Results reach checks that look at traffic too (HAProxy's `observe`). */
export function observedByChecks(checks: HostChecks, calls: CallTable, observer: AttemptObserver): AttemptObserver {
  return {
    onSend: (call, host, attempt) => observer.onSend(call, host, attempt),
    onAttemptEnd: (call, host, attempt, sentAtMs, outcome) => {
      observer.onAttemptEnd(call, host, attempt, sentAtMs, outcome);
      // Who answers has taken the connection, whether or not the transport said so.
      const connected = calls.accepted[call] === 1 || (outcome !== Outcome.timedOut && outcome !== Outcome.refused);
      checks.get(host)?.observed(outcome, sentAtMs, connected);
    },
  };
}

/** Tells of every send. */
export function noticingSends(onSend: () => void, observer: AttemptObserver): AttemptObserver {
  return {
    onSend: (call, host, attempt) => {
      onSend();
      observer.onSend(call, host, attempt);
    },
    onAttemptEnd: (call, host, attempt, sentAtMs, outcome) =>
      observer.onAttemptEnd(call, host, attempt, sentAtMs, outcome),
  };
}
