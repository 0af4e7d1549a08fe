import type { SendEvent } from '../../src/run/replay/events.ts';
import { replayTrial } from '../../src/run/replay/replay.ts';
import { runTrial } from '../../src/run/trial.ts';
import type { Scenario } from '../../src/scenario/scenario.ts';

const STORIES = Array.from({ length: 200 }, (_, request) => request);

/** Runs each column again, and replays it with the stories of its first requests. Throws an Error where either tells another run. */
export function examineRetold({ columns, seed }: Scenario): void {
  for (const { strategy, trial } of columns) {
    const [once, again] = [0, 1].map(() => runTrial(trial, seed, { recordSeries: false }).measures.digest);
    if (again !== once) throw new Error(`${strategy}: run again, digest ${again} and not ${once}`);
    const { measures, events } = replayTrial(trial, seed, {
      requests: STORIES,
      instances: [],
      events: Infinity,
      aroundMs: null,
    });
    if (measures.digest !== once) throw new Error(`${strategy}: replayed, digest ${measures.digest} and not ${once}`);
    for (const event of events) {
      const wrong = event.kind === 'send' ? wrongIn(event) : null;
      if (wrong !== null) throw new Error(`${strategy}: ${wrong}: ${JSON.stringify(event)}`);
    }
  }
}

/** What is wrong with the story of an attempt; null: nothing. */
function wrongIn({ instance, story }: SendEvent): string | null {
  if (story === undefined) return 'no story';
  const { choice, pick } = story;
  if (pick === null) return choice === 'policy' ? 'no pick of the policy' : null;
  if (choice !== 'policy') return null;
  if (pick.instance !== instance) return 'sent elsewhere than the policy picked';
  const known = pick.eligible.map(({ id }) => id);
  if (!known.includes(instance)) return 'picked one it could not choose';
  const compared = pick.reason?.compared ?? null;
  if (compared === null) return null;
  const stranger = compared.hosts.find(({ id }) => !known.includes(id));
  if (stranger !== undefined) return `compared with ${stranger.id}, which it could not choose`;
  const sign = compared.best === 'lowest' ? 1 : -1;
  const own = compared.hosts.find(({ id }) => id === instance);
  if (own === undefined) return 'not among those compared';
  const better = compared.hosts.find(({ figure }) => !(sign * own.figure <= sign * figure));
  return better === undefined ? null : `${better.id} had the better figure`;
}
