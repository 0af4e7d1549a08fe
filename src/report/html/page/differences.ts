import { labelText } from '../../label.ts';
import type { Sentence } from '../../sentences.ts';
import type { ReportData } from '../report_data.ts';
import { h } from './dom.ts';
import { figureBox, replayBox } from './figure_box.ts';
import type { Popover } from './popover.ts';
import { nameOf, replayOf, studyOf } from './words.ts';

/** What differs, in words: under the name of each who differs, so that a name is read once. */
export function differences(data: ReportData, popover: Popover): HTMLElement {
  const { sentences, seeds, isOverview } = data;
  // Of several scenarios each has seeds of its own.
  const from = seeds.length > 1 && !isOverview ? `, ${seeds.length} seeds` : '';
  const references = new Set(sentences.map(({ reference }) => reference));
  const [reference] = references.size === 1 ? references : [null];
  const groups = new Map<string, Sentence[]>();
  for (const one of sentences) {
    const key = `${one.who} ${one.reference}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return h(
    'aside',
    { 'aria-label': 'Differences in words' },
    h('h2', {}, reference === null ? 'Differences' : `Against ${reference}`),
    h('p', { class: 'note' }, `▲ better, ▽ worse. Only what is clear: 95% intervals that hold together${from}.`),
    sentences.length === 0
      ? h('p', { class: 'empty' }, noneText(data))
      : h(
          'div',
          { class: 'said', tabindex: '0', role: 'group', 'aria-label': 'Differences that are clear' },
          ...[...groups.values()].map((group) => oneOf(data, group, reference === null, popover)),
        ),
  );
}

/** Why there is none: columns of other parameters are no rivals. */
function noneText({ columns, seeds }: ReportData): string {
  if (new Set(columns.map(({ group }) => group)).size === columns.length) {
    return 'No two columns have the same parameters, so none are compared: that takes several strategies, or variants.';
  }
  return seeds.length > 1 ? 'None that is clear.' : 'One seed tells no difference from chance.';
}

function oneOf(data: ReportData, group: readonly Sentence[], named: boolean, popover: Popover): HTMLElement {
  const [{ who, reference }] = group;
  return h(
    'div',
    {},
    h('h3', {}, who, named ? h('small', {}, ` against ${reference}`) : null),
    h('ul', {}, ...group.map((one) => said(data, one, popover))),
  );
}

/** A sentence opens what is behind its figure, the line that runs it again too. */
function said(data: ReportData, sentence: Sentence, popover: Popover): HTMLElement {
  const { who, column, metric, saying, isBetter, reference } = sentence;
  const c = data.columns.findIndex(
    (one) =>
      labelText(one) === labelText(column) && (one.scenario === null || who.startsWith(`${one.scenario.name}: `)),
  );
  const m = data.metrics.findIndex(({ name }) => name === metric);
  const words = [h('span', { class: 'hidden' }, isBetter ? 'better: ' : 'worse: '), saying];
  const button = h('button', { type: 'button', class: 'plain' }, ...words);
  const content = () => [
    ...(m >= 0 ? figureBox(data, c, m) : again(data, c, saying)),
    h('p', {}, `Against ${reference}, all of them again:`),
    replayBox(studyOf(data, data.columns[c], reference), { what: 'all of them' }),
  ];
  if (c >= 0) popover.explain(button, content);
  return h(
    'li',
    { class: isBetter ? 'better' : 'worse' },
    h('span', { class: 'sign', 'aria-hidden': 'true' }, isBetter ? '▲' : '▽'),
    ...(c >= 0 ? [button] : words),
  );
}

/** Of a metric that the table does not show: a run to look into. */
function again(data: ReportData, c: number, saying: string): HTMLElement[] {
  const column = data.columns[c];
  const seed = column.course?.seed ?? column.runs[0]?.seed;
  if (seed === undefined) return [h('strong', {}, saying)];
  return [
    h('strong', {}, `${nameOf(column)}: ${saying}`),
    h('p', {}, `comparison.csv has all of it. One of its runs is seed ${seed}:`),
    replayBox(replayOf(data, column, seed)),
  ];
}
