// Apart from the commands, so that help and usage errors need load none of them.

/** The scenarios one can begin with, each a file of `scenarios/templates/`; the first is written where none is asked for. */
export const templates = {
  minimal: 'as little as a scenario can say, under two strategies',
  outage: 'a zone goes dark: when do callers notice?',
  tuning: 'health check interval against threshold, every combination',
  'rolling-update': 'instances replaced one by one: how long to drain?',
  compare: 'what you run against what somebody proposes',
} as const;
export type Template = keyof typeof templates;

/** What `list` lists. */
export const listed = ['strategies', 'subsettings', 'accruals', 'detectors', 'faults', 'metrics', 'fields'] as const;
export type Listed = (typeof listed)[number];

/** What `schema` prints the schema of. */
export const schemas = ['scenario', 'result'] as const;
export type Schema = (typeof schemas)[number];

/** Picks where nothing is written: a line of a terminal, and more than one round of most fleets. */
export const DEFAULT_PICKS = 20;

/** Events where nothing is written: what a terminal shows at once. Stories of requests are shown whole. */
export const DEFAULT_EVENTS = 40;

/** About 25 MB, which viewers take in a few seconds. */
export const DEFAULT_TRACE_EVENTS = 200_000;
export const MOST_TRACE_EVENTS = 2_000_000;
