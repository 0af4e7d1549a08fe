import type { PickNote, Picture, SendEvent, SendStory, Standing } from '../../run/replay/events.ts';
import { beliefWords, type Cast, faultWords, named, truthWords } from './words.ts';

/** Figures that are shown of a comparison at most. */
const MOST_FIGURES = 8;

/** Above any measured load: a host that has not answered yet. */
const UNANSWERED = 2 ** 47 - 1;

/** Why an attempt went where it went, what was true there, and what its caller believed of all: a text each. */
export function storyLines({ instance, story }: SendEvent, cast: Cast): string[] {
  if (story === undefined) return [];
  const { pick, picture, serving, waiting } = story;
  return [
    `why: ${choiceWords(instance, story)}`,
    ...(pick === null ? [] : setWords(pick, cast)),
    `in truth: ${instance} was ${truthOf(instance, picture)}, serving ${serving}, with ${waiting} waiting`,
    ...pictureLines(picture, cast),
  ];
}

/** What a caller believed of all instances, and what was true of those of which there is something to say. */
export function pictureLines({ panic, registry, wellAndGood, others }: Picture, cast: Cast): string[] {
  const groups = new Map<string, string[]>();
  for (const standing of others) {
    const words = standingWords(standing, panic);
    groups.set(words, [...(groups.get(words) ?? []), standing.instance]);
  }
  const good = `${wellAndGood} of ${cast.instances} instances: believed good, and are`;
  const rest = [...groups].map(([words, names]) => `${named(names, cast.instances, 'instance')}: ${words}`);
  const state = [
    ...(panic ? ['the caller is in panic: too few hosts are believed good, so health is disregarded'] : []),
    ...(registry.length > 0 ? [`the registry is ailing: ${faultWords(registry)}`] : []),
  ];
  return [good, ...rest, ...state];
}

function choiceWords(instance: string, { choice, turnedDown, pick }: SendStory): string {
  const tried = turnedDown.length === 0 ? '' : `${turnedDown.join(', ')} came up again, already tried; then `;
  switch (choice) {
    case 'session':
      return `session affinity: its key was sent to ${instance} before`;
    case 'sessionOrUntried':
      return 'session affinity, or the first host not yet tried where the session had only tried ones';
    case 'untried':
      return `${turnedDown.join(', ')} came up each time, already tried, so the first host in the registry's order that was not`;
    case 'policy':
      return pick === null ? '' : `${tried}${pickWords(pick)}`;
  }
}

function pickWords({ instance, reason, eligible, doc }: PickNote): string {
  if (reason === null) return `this policy does not say more of a pick than what it is: ${doc}`;
  const { rule, compared } = reason;
  if (compared === null) return rule;
  const { by, best, hosts } = compared;
  const sign = best === 'lowest' ? 1 : -1;
  const shown = hosts.length <= MOST_FIGURES ? hosts : hosts.toSorted((a, b) => sign * (a.figure - b.figure));
  const figures = shown.slice(0, MOST_FIGURES).map(({ id, figure }) => `${id} ${figureText(figure)}`);
  const more = hosts.length > MOST_FIGURES ? ` and ${hosts.length - MOST_FIGURES} more` : '';
  const once = hosts.length === 1 && eligible.length > 1 ? `, and only ${instance} was looked at` : '';
  return `${rule}${once}; ${by}: ${figures.join(', ')}${more}`;
}

/** What the strategy chose among. */
function setWords({ eligible, members, unhealthy, priorities, zones }: PickNote, cast: Cast): string[] {
  const inFlight = eligible.map((host) => host.inFlight);
  const [least, most] = [Math.min(...inFlight), Math.max(...inFlight)];
  const load = least === most ? `${least}` : `${least} to ${most}`;
  const of = [
    ...(priorities.length === 1 && priorities[0] > 0 ? [`of priority ${priorities[0]}`] : []),
    ...(zones.length === 1 && cast.zones > 1 ? [`of zone ${zones[0] ?? '(none)'}`] : []),
  ];
  const hosts = `${eligible.length} of ${members} hosts${of.map((part) => ` ${part}`).join('')}`;
  const bad = unhealthy.length === 0 ? '' : `; believed bad, and picked from even so: ${named(unhealthy, 0, '')}`;
  return [`among: ${hosts}, each with ${load} in flight from this caller${bad}`];
}

function standingWords({ belief, truth }: Standing, panic: boolean): string {
  const isWell = truth.up && !truth.impaired;
  const and = (belief.inView && belief.good) === isWell ? 'and' : 'BUT';
  return `${beliefWords(belief, panic)}, ${and} ${truthWords(truth)}`;
}

function truthOf(instance: string, { others }: Picture): string {
  const standing = others.find((other) => other.instance === instance);
  return standing === undefined ? 'up' : truthWords(standing.truth);
}

function figureText(figure: number): string {
  return figure >= UNANSWERED ? '(no answer yet)' : String(Number(figure.toPrecision(4)));
}
