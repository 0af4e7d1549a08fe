import type { ReplayEvent } from '../../run/replay/events.ts';
import type { Landmark } from '../../run/replay/landmarks.ts';
import type { Replay } from '../../run/replay/replay.ts';
import { wrap } from '../wrap.ts';
import { type LogLine, logLine } from './log_lines.ts';
import { pictureLines, storyLines } from './story_lines.ts';
import { type Cast, clock, outcomeWords, took } from './words.ts';

export interface ReplayTextOptions {
  readonly cast: Cast;
  /** Lines to begin with: which cell it is. */
  readonly head: readonly string[];
  /** Characters in a line. */
  readonly width: number;
  /** Whether to name requests that one may want to look at. */
  readonly lookOut: boolean;
}

/** Lines whose columns are made as wide as any of them needs. */
const CHUNK = 1_000;

/** The widest the second column gets. */
const MOST_WHO = 28;

/** The log in words: which cell, its events, and what else one may want to look at. */
export function* replayText(replay: Replay, { cast, head, width, lookOut }: ReplayTextOptions): Generator<string> {
  yield `${head.join('\n')}\n\n`;
  const { events } = replay;
  if (events.length === 0) yield 'nothing happened that was asked for\n';
  for (let i = 0; i < events.length; i += CHUNK) yield* lines(events.slice(i, i + CHUNK), cast, width);
  const foot = [...leftLines(replay), ...(lookOut ? landmarkLines(replay) : [])];
  if (foot.length > 0) yield `\n${foot.join('\n')}\n`;
}

function* lines(events: readonly ReplayEvent[], cast: Cast, width: number): Generator<string> {
  const all = events.map((event) => ({ event, line: logLine(event, cast) }));
  const whens = Math.max(...all.map(({ line }) => line.when.length));
  const whos = Math.min(MOST_WHO, Math.max(...all.map(({ line }) => line.who.length)));
  for (const { event, line } of all) yield `${eventText(event, line, { whens, whos, width, cast }).join('\n')}\n`;
}

interface Columns {
  readonly whens: number;
  readonly whos: number;
  readonly width: number;
  readonly cast: Cast;
}

function eventText(event: ReplayEvent, { when, who, what }: LogLine, { whens, whos, width, cast }: Columns): string[] {
  const head = `${when.padStart(whens)}  ${who.padEnd(whos)}  `;
  const margin = ' '.repeat(whens + whos + 4);
  const detail =
    event.kind === 'send'
      ? storyLines(event, cast)
      : event.kind === 'done' && event.picture !== undefined
        ? pictureLines(event.picture, cast)
        : [];
  return [
    ...wrap(what, width, head, `${margin}  `),
    ...detail.flatMap((text) => wrap(text, width, `${margin}  `, `${margin}    `)),
  ];
}

const landmarkWords: Readonly<Record<Landmark['what'], string>> = {
  firstFailed: 'the first that failed',
  firstRescued: 'the first that a retry saved',
  mostAttempts: 'the one with most attempts',
  slowest: 'the slowest that succeeded',
};

function leftLines({ left, unlisted }: Replay): string[] {
  return [
    ...(left > 0 ? [`${count(left)} more ${left === 1 ? 'event' : 'events'}: see --events and --around`] : []),
    ...(unlisted.attempts > 0 ? [`not listed: ${count(unlisted.attempts)} attempts that succeeded`] : []),
    ...(unlisted.failures > 0
      ? [`not listed: ${count(unlisted.failures)} attempts that failed within a second of another`]
      : []),
    ...(unlisted.probes > 0
      ? [`not listed: ${count(unlisted.probes)} health checks that ended as the one before`]
      : []),
  ];
}

function landmarkLines({ landmarks, arrivals }: Replay): string[] {
  const out = [`${count(arrivals)} requests arrived, numbered from 0`];
  if (landmarks.length > 0) out.push('worth a look:');
  for (const { what, request, arrivedAtMs, outcome, attempts, tookMs } of landmarks) {
    const tries = attempts > 1 ? `, ${attempts} attempts` : '';
    const came = `${outcomeWords[outcome]} after ${took(tookMs)}${tries}`;
    out.push(`  --request ${request}  ${landmarkWords[what]}: at ${clock(arrivedAtMs)}, ${came}`);
  }
  return out;
}

function count(n: number): string {
  return n.toLocaleString('en-US');
}
