import { quoted } from '../../replay_line.ts';
import { human, humanMs } from '../../units.ts';
import type { DoubtState, EpisodeData } from '../report_data.ts';
import { axis, faultShades, grid, timeAxis, tip, tooltip } from './axes.ts';
import type { Picture } from './card.ts';
import { courseOf, type Side, sideDrawn, sideName } from './course_pictures.ts';
import type { CustomSeriesOption } from './echarts.ts';
import { type Bar, eventful, type GapLabel, layoutOf, type RowName } from './failover_rows.ts';
import { doubted, noticed, reinstated } from './failover_words.ts';
import type { Key } from './keys.ts';
import { places } from './label_places.ts';
import type { Palette } from './palette.ts';
import { hatch, type Pattern } from './patterns.ts';
import type { Store } from './store.ts';
import { doubtWords, timeOption, timeText, truthWords } from './words.ts';

/** Ground truth above belief: the gap between the two is failover latency. */
export function failoverPicture(store: Store, side: Side, showAll: () => boolean): Picture {
  const { durationMs } = store.data;
  const layout = () => {
    const course = courseOf(store, side);
    return course === null || (eventful(course).length === 0 && !showAll())
      ? null
      : layoutOf(course, durationMs, showAll());
  };
  return {
    title: side === 'a' ? 'Failover: truth above, belief below' : 'Failover (compared)',
    note: 'For each instance what it was, and under it what each caller believed of it.',
    height: () => (layout()?.height ?? 60) + 58,
    isTimed: true,
    heeds: ['a', 'b'],
    about: () => sideName(store, side),
    drawn: () => sideDrawn(store, side),
    look({ seriesIndex, dataIndex }) {
      const found = seriesIndex === 0 ? layout()?.bars[dataIndex] : layout()?.labels[dataIndex];
      return found === undefined ? '' : ` --instance ${quoted(found.instance)}${timeOption(found.fromMs)}`;
    },
    option(palette, width) {
      const found = layout();
      if (found === null) return null;
      const styles = stylesOf(palette);
      const left = width < 480 ? 62 : 84;
      return {
        grid: grid({ left, top: 28 }),
        xAxis: timeAxis(palette, durationMs),
        yAxis: axis(palette, { min: 0, max: found.height, inverse: true, show: false }),
        tooltip: tooltip(palette, {
          trigger: 'item',
          formatter: ({ seriesIndex, dataIndex }: { seriesIndex: number; dataIndex: number }) =>
            seriesIndex === 0 ? barTip(found.bars[dataIndex]) : labelTip(found.labels[dataIndex]),
        }),
        series: [
          barSeries(found.bars, styles, palette.upEdge),
          labelSeries(found.labels, palette, durationMs),
          nameSeries(found.names, palette),
          ...faultShades(courseOf(store, side)?.faults ?? [], palette),
        ],
      };
    },
    table() {
      const rows = (layout()?.bars ?? [])
        .filter(({ kind }) => kind !== 'up' && kind !== 'belief')
        .map(({ instance, caller, kind, fromMs, toMs }) => [
          instance,
          caller,
          wordOf(kind),
          fromMs,
          toMs,
          toMs - fromMs,
        ]);
      return { header: ['instance', 'caller', 'state', 'from_ms', 'to_ms', 'for_ms'], rows };
    },
    describe() {
      const course = courseOf(store, side);
      const told = (course?.instances ?? []).flatMap(({ id, episodes, truth, callers, callersLeftOut }) => [
        ...episodes.slice(0, 3).map((one) => `${id} went down at ${timeText(one.fromMs)}, ${noticed(one)}`),
        ...truth
          .filter(([, , state]) => state !== 'down')
          .slice(0, 3)
          .map(
            (one) =>
              `${id} was ${truthWords[one[2]]} at ${timeText(one[0])}, ${doubted(one, callers, callersLeftOut)[0]}`,
          ),
      ]);
      return `${sideName(store, side)}. ${told.join('; ')}`;
    },
    keys: (palette) => keysOf(new Set((layout()?.bars ?? []).map(({ kind }) => kind)), palette),
  };
}

type Fill = string | Pattern;

/** Bars differ in height, place and pattern as well as in colour. */
function stylesOf(palette: Palette): Readonly<Record<Bar['kind'], Fill>> {
  const { doubt, truth } = palette;
  return {
    up: palette.up,
    belief: palette.believed,
    down: truth.down,
    slow: hatch(truth.slow, palette.ground, 'horizontal'),
    errors: hatch(truth.errors, palette.ground, 'dots'),
    gap: hatch(palette.gap, palette.ground, 'diagonal'),
    activeCheck: doubt.activeCheck,
    ejection: hatch(doubt.ejection, palette.ground, 'vertical'),
    registry: hatch(doubt.registry, palette.ground, 'dots'),
    accrual: hatch(doubt.accrual, palette.ground, 'horizontal'),
    heartbeat: hatch(doubt.heartbeat, palette.ground, 'back'),
    gossip: hatch(doubt.gossip, palette.ground, 'cross'),
    connection: hatch(doubt.connection, palette.ground, 'back'),
    unseen: doubt.unseen,
    unproven: hatch(doubt.unproven, palette.ground, 'diagonal'),
  };
}

function barSeries(bars: readonly Bar[], styles: ReturnType<typeof stylesOf>, edge: string): CustomSeriesOption {
  return {
    type: 'custom',
    clip: true,
    encode: { x: [0, 1], y: 2 },
    data: bars.map(({ fromMs, toMs, y, height }) => [fromMs, toMs, y, height]),
    renderItem({ dataIndex }, api) {
      const { kind, height } = bars[dataIndex];
      const [x, y] = api.coord([api.value(0), api.value(2)]);
      const [right] = api.coord([api.value(1), api.value(2)]);
      const thin = kind === 'belief';
      return {
        type: 'rect',
        shape: { x, y: thin ? y + height / 2 - 0.75 : y, width: Math.max(right - x, 1), height: thin ? 1.5 : height },
        style: { fill: styles[kind] as string, ...(kind === 'up' ? { stroke: edge, lineWidth: 1 } : {}) },
      };
    },
  };
}

/** What the gap was and who ended it, left of where it begins; what followed the repair, right of it. */
function labelSeries(labels: readonly GapLabel[], palette: Palette, durationMs: number): CustomSeriesOption {
  return {
    type: 'custom',
    encode: { x: [0, 1], y: 2 },
    data: labels.map(({ y, fromMs, toMs }) => [fromMs, toMs ?? durationMs, y]),
    renderItem({ dataIndex, coordSys }, api) {
      const label = labels[dataIndex];
      const { y: atY, state } = label;
      const { x: minX, width } = coordSys as unknown as { x: number; width: number };
      const xOf = (ms: number) => api.coord([ms, atY])[0];
      const row = labels.filter((other) => other.y === atY);
      const said = row.map(({ fromMs, toMs, texts, after }) => ({
        ...{ x: xOf(fromMs), endX: xOf(toMs ?? durationMs) },
        ...{ texts, after },
      }));
      const at = row.indexOf(label);
      const place = places(said, minX, minX + width)[at];
      if (place === null) return null;
      const { text, isLeft, hasAfter } = place;
      const { x, endX, after } = said[at];
      const y = api.coord([0, atY])[1];
      const style = { fill: palette.ink, fontSize: 11, verticalAlign: 'middle' as const };
      return {
        type: 'group',
        children: [
          {
            type: 'line',
            shape: { x1: x, x2: x, y1: y - 8, y2: y + 8 },
            style: { stroke: state === 'down' ? palette.gap : palette.truth[state], lineWidth: 2 },
          },
          { type: 'text', style: { ...style, text, x: isLeft ? x - 6 : x + 6, y, align: isLeft ? 'right' : 'left' } },
          ...(hasAfter
            ? [{ type: 'text' as const, style: { ...style, text: after, x: endX + 6, y, align: 'left' as const } }]
            : []),
        ],
      };
    },
  };
}

function nameSeries(names: readonly RowName[], palette: Palette): CustomSeriesOption {
  return {
    type: 'custom',
    silent: true,
    tooltip: { show: false },
    encode: { y: 1 },
    data: names.map(({ y }) => [0, y]),
    renderItem({ dataIndex, coordSys }, api) {
      const { text, of, y: atY } = names[dataIndex];
      const strong = of === 'instance';
      const { x } = coordSys as unknown as { x: number };
      return {
        type: 'text',
        style: {
          text,
          x: of === 'others' ? x : x - 8,
          y: api.coord([0, atY])[1],
          align: of === 'others' ? 'left' : 'right',
          verticalAlign: 'middle',
          fontSize: strong ? 12 : 10,
          fontWeight: strong ? 'bold' : 'normal',
          fill: strong ? palette.ink : palette.muted,
        },
      };
    },
  };
}

function wordOf(kind: Bar['kind']): string {
  if (kind === 'gap') return 'down, still believed in';
  if (kind === 'up') return 'up';
  if (kind === 'belief') return 'available';
  return kind in truthWords ? truthWords[kind as keyof typeof truthWords] : doubtWords[kind as DoubtState];
}

function barTip({ kind, instance, caller, fromMs, toMs }: Bar): HTMLElement {
  const who = caller === null ? instance : `${caller} of ${instance}`;
  return tip(who, [
    { text: `${wordOf(kind)} for ${humanMs(toMs - fromMs)}` },
    { text: `from ${timeText(fromMs)} to ${timeText(toMs)}` },
  ]);
}

function labelTip({ episode, state, fromMs, toMs, texts }: GapLabel): HTMLElement {
  if (episode !== null) return episodeTip(episode);
  const until = toMs === null ? 'to the end' : `for ${humanMs(toMs - fromMs)}`;
  return tip(`${truthWords[state]} at ${timeText(fromMs)}, ${until}`, [{ text: texts[0] }]);
}

function episodeTip(episode: EpisodeData): HTMLElement {
  const { fault, fromMs, toMs, drainMs, removedBy } = episode;
  return tip(`${fault} at ${timeText(fromMs)}`, [
    { text: toMs === null ? 'down to the end' : `down for ${humanMs(toMs - fromMs)}` },
    { text: noticed(episode) },
    { text: `drained after ${human(drainMs.p50, 'ms')} (median), ${human(drainMs.max, 'ms')} at most` },
    ...removedBy.map(([cause, count]) => ({ text: `removed by ${doubtWords[cause]}`, value: `${count}` })),
    ...(toMs === null ? [] : [{ text: reinstated(episode) }]),
  ]);
}

function keysOf(kinds: ReadonlySet<Bar['kind']>, palette: Palette): Key[] {
  const styles = stylesOf(palette);
  return [...kinds].map((kind) => ({ mark: { fill: styles[kind], isThin: kind === 'belief' }, text: wordOf(kind) }));
}
