import { humanMs } from '../../units.ts';
import type { CourseData, LineName } from '../report_data.ts';
import { axis, faultEdges, faultShades, grid, timeAxis, tip, tooltip } from './axes.ts';
import type { Picture } from './card.ts';
import type { CustomSeriesOption, SeriesOption } from './echarts.ts';
import type { Key } from './keys.ts';
import { heatColor, type Palette } from './palette.ts';
import type { Drawn } from './replays.ts';
import { roundScale } from './scales.ts';
import type { Store } from './store.ts';
import { nameOf, pointsOf, timeText } from './words.ts';
import { byZone } from './zones.ts';

/** Which of the two columns that may be compared a picture is of. */
export type Side = 'a' | 'b';

/** More areas than that bear no names; the pointer tells them. */
const MOST_NAMES = 12;

/** More windows than that, and lines between areas would hide them. */
const DENSE = 250;

const percentiles: readonly (readonly [LineName, string])[] = [
  ['p50', 'p50'],
  ['p90', 'p90'],
  ['p99', 'p99'],
  ['p999', 'p99.9'],
];

/** The course of the column on one side; null where there is none. */
export function courseOf({ data, view }: Store, side: Side): CourseData | null {
  const column = view[side];
  return column === null ? null : (data.columns[column]?.course ?? null);
}

/** That column, where it has a course. */
export function sideDrawn(store: Store, side: Side): Drawn[] {
  const column = store.view[side];
  return column === null || courseOf(store, side) === null ? [] : [{ column, isPooled: false }];
}

/** Its name, and its seed. */
export function sideName({ data, view }: Store, side: Side): string {
  const column = view[side];
  return column === null ? '' : `${nameOf(data.columns[column])}, seed ${data.columns[column].course?.seed ?? '-'}`;
}

/** Both sides share their scales, so that what looks alike is alike. */
function overBoth(store: Store, of: (course: CourseData) => readonly number[]): number[] {
  return (['a', 'b'] as const).flatMap((side) => {
    const course = courseOf(store, side);
    return course === null ? [] : of(course);
  });
}

/** Attempts a second, instance upon instance. */
export function requestsPicture(store: Store, side: Side): Picture {
  const areas = () => {
    const column = store.view[side];
    const { stepMs, instances } = courseOf(store, side)?.requests ?? { stepMs: 1000, instances: [] };
    return {
      stepMs,
      instances: column === null ? [] : byZone(instances, ([id]) => id, store.data.columns[column].instances),
    };
  };
  const stacked = ({ requests: { instances } }: CourseData) =>
    (instances[0]?.[1] ?? []).map((_, i) => instances.reduce((sum, [, values]) => sum + values[i], 0));
  return {
    title: side === 'a' ? 'Requests a second, by instance' : 'Requests a second, by instance (compared)',
    note: 'Attempts sent, retries too, instance upon instance.',
    height: (width) => (width < 480 ? 240 : 300),
    isTimed: true,
    heeds: ['a', 'b'],
    about: () => sideName(store, side),
    drawn: () => sideDrawn(store, side),
    option(palette) {
      const { stepMs, instances } = areas();
      if (instances.length === 0) return null;
      const named = instances.length <= MOST_NAMES;
      return {
        grid: grid({ right: named ? 46 : 14 }),
        xAxis: timeAxis(palette, store.data.durationMs),
        yAxis: axis(palette, { ...roundScale(Math.max(...overBoth(store, stacked))) }),
        tooltip: tooltip(palette, {
          trigger: 'axis',
          formatter: (found: { color: string; seriesName: string; value: [number, number] }[]) => {
            const total = found.reduce((sum, { value }) => sum + value[1], 0);
            return tip(
              `${timeText(found[0]?.value[0] ?? 0)}: ${Math.round(total)} a second`,
              found.toReversed().map(({ color, seriesName, value }) => ({
                color,
                text: seriesName,
                value: `${Math.round(value[1])} (${total === 0 ? 0 : Math.round((100 * value[1]) / total)}%)`,
              })),
            );
          },
        }),
        series: [
          ...instances.map(([id, values], i): SeriesOption => {
            const color = palette.lines[i % palette.lines.length];
            return {
              type: 'line',
              name: id,
              stack: 'all',
              step: 'end',
              showSymbol: false,
              data: [...values, values[values.length - 1]].map((value, w) => [
                Math.min(w * stepMs, store.data.durationMs),
                value,
              ]),
              lineStyle: { width: values.length > DENSE ? 0 : 0.8, color: palette.ground },
              itemStyle: { color },
              areaStyle: { color, opacity: 0.75 },
              emphasis: { disabled: true },
              labelLayout: { hideOverlap: true },
              endLabel: {
                show: named,
                formatter: id,
                color: palette.ink,
                fontSize: 10,
                distance: 4,
                valueAnimation: false,
              },
            };
          }),
          ...faultShades(courseOf(store, side)?.faults ?? [], palette).slice(0, 1),
          faultEdges(courseOf(store, side)?.faults ?? [], palette),
        ],
      };
    },
    table() {
      const { stepMs, instances } = areas();
      const rows = instances.flatMap(([id, values]) => values.map((value, i) => [id, i * stepMs, value]));
      return { header: ['instance', 't_ms', 'attempts_per_second'], rows };
    },
    describe: () => `${sideName(store, side)}: attempts a second at ${areas().instances.length} instances over time`,
  };
}

/** Percentiles of latency, second by second, from pale to dark. */
export function latencyHeat(store: Store, side: Side): Picture {
  const rowsOf = ({ lines }: CourseData) =>
    percentiles
      .map(([name, label]) => ({ label, points: pointsOf(lines[name]) }))
      .filter(({ points }) => points.length > 0);
  const rows = () => {
    const course = courseOf(store, side);
    return course === null ? [] : rowsOf(course);
  };
  const range = () => {
    const values = overBoth(store, (course) =>
      rowsOf(course).flatMap(({ points }) =>
        points.flatMap(([, value]) => (value === null || value <= 0 ? [] : [value])),
      ),
    );
    return [Math.min(...values), Math.max(...values)] as const;
  };
  return {
    title: side === 'a' ? 'Latency percentiles' : 'Latency percentiles (compared)',
    note: 'Of successes, by the second of arrival; the scale is logarithmic.',
    height: (width) => (width < 480 ? 190 : 210),
    isTimed: true,
    heeds: ['a', 'b'],
    about: () => sideName(store, side),
    drawn: () => sideDrawn(store, side),
    option(palette) {
      const shown = rows();
      if (shown.length === 0) return null;
      const scale = scaleOf(range());
      const cells = shown.flatMap(({ points }, row) =>
        points.flatMap(([ms, value], i) => (value === null ? [] : [[ms, points[i + 1]?.[0] ?? ms + 1000, row, value]])),
      );
      return {
        grid: grid(),
        xAxis: timeAxis(palette, store.data.durationMs),
        yAxis: axis(palette, { type: 'category', data: shown.map(({ label }) => label), splitLine: { show: false } }),
        tooltip: tooltip(palette, {
          trigger: 'item',
          formatter: ({ value }: { value: [number, number, number, number] }) =>
            tip(timeText(value[0]), [
              { color: heatColor(scale(value[3]), palette), text: shown[value[2]].label, value: humanMs(value[3]) },
            ]),
        }),
        series: [
          heatSeries(cells, (value) => heatColor(scale(value), palette)),
          faultEdges(courseOf(store, side)?.faults ?? [], palette),
        ],
      };
    },
    table() {
      const all = rows().flatMap(({ label, points }) => points.map(([ms, value]) => [label, ms, value]));
      return { header: ['percentile', 't_ms', 'latency_ms'], rows: all };
    },
    describe() {
      const [low, high] = range();
      return `${sideName(store, side)}: latency percentiles over time, between ${humanMs(low)} and ${humanMs(high)}`;
    },
    keys: (palette) => heatKeys(range(), palette),
  };
}

function heatSeries(cells: number[][], colorOf: (value: number) => string): CustomSeriesOption {
  return {
    type: 'custom',
    clip: true,
    encode: { x: [0, 1], y: 2 },
    data: cells,
    renderItem(_, api) {
      const [x, y] = api.coord([api.value(0), api.value(2)]);
      const [right] = api.coord([api.value(1), api.value(2)]);
      const height = Math.abs(api.coord([0, 1])[1] - api.coord([0, 0])[1]);
      return {
        type: 'rect',
        shape: { x, y: y - height / 2 + 1, width: Math.max(right - x, 0.5) + 0.3, height: height - 2 },
        style: { fill: colorOf(api.value(3) as number) },
      };
    },
  };
}

function scaleOf([low, high]: readonly [number, number]): (value: number) => number {
  const span = Math.log(high / low);
  return (value) => (span > 0 && value > 0 ? Math.log(value / low) / span : 0);
}

function heatKeys([low, high]: readonly [number, number], palette: Palette): Key[] {
  if (!Number.isFinite(low)) return [];
  const scale = Array.from({ length: 24 }, (_, i) => heatColor(i / 23, palette));
  return [{ mark: { scale }, text: `${humanMs(low)} to ${humanMs(high)}` }];
}
