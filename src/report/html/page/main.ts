import { humanMs } from '../../units.ts';
import type { ReportData } from '../report_data.ts';
import { againOnPaper, wholeAgain } from './again.ts';
import { card, type Picture } from './card.ts';
import { latencyHeat, requestsPicture, type Side } from './course_pictures.ts';
import { differences } from './differences.ts';
import { availabilityPicture, detectionCdf } from './distribution_pictures.ts';
import { h } from './dom.ts';
import { failoverPicture } from './failover_picture.ts';
import { eventful, hasMore } from './failover_rows.ts';
import { lorenzPicture, sharesPicture } from './fairness_pictures.ts';
import { replayBox } from './figure_box.ts';
import { heatTable } from './heat_table.ts';
import { detectionHistogram } from './histogram_picture.ts';
import { latencyCdf } from './latency_picture.ts';
import { linePictures } from './line_pictures.ts';
import { createPopover } from './popover.ts';
import { runNote } from './run_note.ts';
import { runsTable } from './runs_table.ts';
import { createStore, type Store } from './store.ts';
import { systemTheme, themeSwitch } from './theme.ts';
import { toolbar } from './toolbar.ts';
import { verdictWords } from './verdict_words.ts';
import { verdicts } from './verdicts.ts';
import { warningList } from './warnings.ts';
import { nameOf, replayOf } from './words.ts';

const data = JSON.parse(document.getElementById('data')?.textContent ?? 'null') as ReportData;
const store = createStore(data, systemTheme());

const parts = [
  ['failover', 'Failover'],
  ['time', 'Over time'],
  ['distributions', 'Distributions'],
  ['fairness', 'Fairness'],
  ['runs', 'Runs'],
] as const;

const popover = createPopover();
store.watch(() => popover.refresh());
document.body.append(header(store), main(store), footer(data));

function header(all: Store): HTMLElement {
  const verdict = verdictWords(data);
  return h(
    'header',
    {},
    h(
      'div',
      {},
      h('h1', {}, data.scenario),
      data.description === '' ? null : h('p', { class: 'description' }, data.description),
      h('p', { class: 'note' }, subtitle()),
    ),
    verdict === null ? null : badge(verdict),
    data.isOverview
      ? null
      : h(
          'nav',
          { 'aria-label': 'Parts of this report' },
          ...parts.map(([id, text]) => h('a', { href: `#${id}` }, text)),
        ),
    h('div', { class: 'controls' }, themeSwitch(all), h('button', { type: 'button', onclick: () => print() }, 'print')),
  );
}

function badge({ verdict, text }: NonNullable<ReturnType<typeof verdictWords>>): HTMLElement {
  const button = h('button', { type: 'button', class: `badge ${verdict}` }, text);
  popover.explain(button, () => [h('strong', {}, text), h('p', {}, 'All of it again:'), ...wholeAgain(data)]);
  return button;
}

function subtitle(): string {
  const { columns, seeds, durationMs, version, isOverview } = data;
  if (isOverview) return `${columns.length} columns, each on the page of its scenario; meshtrial ${version}`;
  const strategies = new Set(columns.map(({ strategy }) => strategy)).size;
  const what = `${strategies === 1 ? '1 strategy' : `${strategies} strategies`}${strategies === columns.length ? '' : ` in ${columns.length} columns`}`;
  const from = seeds.length === 1 ? `seed ${seeds[0]}` : `seeds ${seeds[0]} to ${seeds[seeds.length - 1]}`;
  const length = durationMs > 0 ? ` of ${humanMs(durationMs)}` : '';
  return `${what}, ${from}${length}; meshtrial ${version}`;
}

function main(all: Store): HTMLElement {
  const first = section(
    'answers',
    null,
    data.incomplete === null
      ? null
      : h('p', { class: 'incomplete', role: 'status' }, h('strong', {}, 'Incomplete. '), `${data.incomplete}.`),
    h(
      'div',
      { class: 'first' },
      h('div', {}, verdicts(data, popover), heatTable(all, popover)),
      differences(data, popover),
    ),
    warningList(data),
  );
  if (data.isOverview) return h('main', {}, first, againOnPaper(all));
  return h(
    'main',
    {},
    first,
    toolbar(all),
    failoverSection(all),
    section(
      'time',
      'Over time',
      noteOf(
        all,
        'Shaded: while a fault acts. ',
        h(
          'span',
          { class: 'for-mouse' },
          'Drag over a chart to zoom into all of them; double-click for the whole run; click what you read off one for the line that runs it again.',
        ),
        h('span', { class: 'for-touch' }, 'Choose a stretch of time above.'),
      ),
      twoSided(all, requestsPicture),
      twoSided(all, latencyHeat, { isFirst: false }),
      cards(all, linePictures(all)),
    ),
    section(
      'distributions',
      'Distributions',
      data.columns.some(({ course }) => (course?.detection.times.length ?? 0) > 0)
        ? null
        : h('p', { class: 'note' }, 'No caller had to notice a failure: there is no failover latency to show.'),
      cards(all, [latencyCdf(all), detectionCdf(all), detectionHistogram(all), availabilityPicture(all)]),
    ),
    section('fairness', 'Fairness', cards(all, [sharesPicture(all, 'a'), sharesPicture(all, 'b'), lorenzPicture(all)])),
    section('runs', 'Runs', runsTable(all)),
    againOnPaper(all),
  );
}

function section(id: string, title: string | null, ...children: (HTMLElement | null)[]): HTMLElement {
  return h('section', { id }, title === null ? null : h('h2', {}, title), ...children);
}

/** Which runs are shown, and what else there is to say. */
function noteOf(all: Store, ...more: (string | HTMLElement)[]): HTMLElement {
  const which = h('span');
  const update = () => {
    which.textContent = runNote(data, all.view.isCommon);
  };
  all.watch((changed) => changed.has('isCommon') && update());
  update();
  return h('p', { class: 'note' }, which, ' ', ...more);
}

function failoverSection(all: Store): HTMLElement {
  if (data.columns.every(({ course }) => course === null || eventful(course).length === 0)) {
    return section('failover', 'Failover', h('p', { class: 'note' }, 'No instance failed, and none was doubted.'));
  }
  let showAll = false;
  const draws: (() => void)[] = [];
  const box = h('input', { type: 'checkbox' });
  box.addEventListener('change', () => {
    showAll = box.checked;
    for (const draw of draws) draw();
  });
  const few = !data.columns.some(({ course }) => course !== null && hasMore(course));
  return section(
    'failover',
    'Failover',
    noteOf(
      all,
      "Failover latency is the hatched stretch of a caller's row: the instance is down, and the caller still believes in it and sends there.",
    ),
    few ? h('span', { hidden: true }) : h('label', { class: 'check' }, box, ' all instances and callers'),
    twoSided(all, (store, side) => failoverPicture(store, side, () => showAll), {
      onDraw: (draw) => draws.push(draw),
    }),
  );
}

function cards(all: Store, pictures: readonly Picture[]): HTMLElement {
  return h('div', { class: 'cards' }, ...pictures.map((picture) => card(all, popover, picture)));
}

/** The column that is looked at and, where one is chosen, another beside it. */
function twoSided(
  all: Store,
  of: (store: Store, side: Side) => Picture,
  { isFirst = true, onDraw }: { isFirst?: boolean; onDraw?: (draw: () => void) => void } = {},
): HTMLElement {
  const frames = (['a', 'b'] as const).map((side) => {
    const name = h('div', { class: 'side' });
    const frame = h('div', {}, name, card(all, popover, of(all, side), onDraw));
    const update = () => {
      const column = all.view[side];
      frame.hidden = column === null;
      if (column === null) return;
      const { course } = all.data.columns[column];
      const again =
        course === null || !isFirst
          ? null
          : replayBox(replayOf(data, data.columns[column], course.seed), { lead: 'run it again' });
      name.replaceChildren(h('strong', {}, nameOf(data.columns[column])), ...(again === null ? [] : [again]));
    };
    all.watch((changed) => (changed.has(side) || changed.has('isCommon')) && update());
    update();
    return frame;
  });
  return h('div', { class: 'sides' }, ...frames);
}

function footer({ version, isOverview }: ReportData): HTMLElement {
  return h(
    'footer',
    {},
    h(
      'p',
      { class: 'note' },
      `Made by meshtrial ${version} from result.json${isOverview ? ' of each' : ' and series.csv'}. Charts: Apache ECharts.`,
    ),
  );
}
