import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ConnectedPriorities } from '../../../src/balancer/routing/connected_priorities.ts';
import { type ConnectionSystem, Connectivity } from '../../../src/core/connectivity.ts';
import { ManualClock } from '../../helpers/manual_clock.ts';

// What the priority policies themselves chose, compiled over stubs of what is around them and driven by hand in a time of
// their own: grpc-go at 4793ad0474, internal/xds/balancer/priority (balancer_priority.go, balancer_child.go), and grpc-java
// at 5fda0c7c, xds/PriorityLoadBalancer.java. Priorities report at random; one that is not begun says nothing.

interface Run {
  readonly system: ConnectionSystem;
  readonly priorities: number;
  /** `1f>2`: priority 1 reports TRANSIENT_FAILURE, and 2 is used then; `+5000>1`: 5 s pass. */
  readonly record: string;
}

const runs: readonly Run[] = JSON.parse(
  readFileSync(new URL('./connected_priorities_measured.json', import.meta.url), 'utf8'),
);

const { idle, connecting, ready, transientFailure } = Connectivity;
const letters: Readonly<Record<string, Connectivity>> = { i: idle, c: connecting, r: ready, f: transientFailure };

/** The record again, as these priorities have it. */
function replayed({ system, priorities: count, record }: Run): string {
  const clock = new ManualClock();
  const states: Connectivity[] = new Array(count).fill(connecting);
  let used = -1;
  const priorities: ConnectedPriorities = new ConnectedPriorities({
    settings: { system, failoverTimeoutMs: 10_000 },
    clock,
    onTurn: () => {
      used = priorities.choose(states, null);
    },
    onForget: () => {},
  });
  used = priorities.choose(states, null);
  return record
    .split(' ')
    .map((word) => {
      const [what] = word.split('>');
      if (what.startsWith('+')) clock.advance(Number(what));
      else {
        const priority = Number(what[0]);
        states[priority] = letters[what[1]];
        used = priorities.choose(states, priority);
      }
      return `${what}>${used}`;
    })
    .join(' ');
}

test.each(runs.map((run, i) => [`${run.system}, ${i}`, run] as const))('chooses as %s', (_, run) => {
  expect(replayed(run)).toBe(run.record);
});
