import { human } from '../../units.ts';
import type { LineData, LineName } from '../report_data.ts';
import { type Axis, axis, faultShades, grid, timeAxis, tip, tooltip } from './axes.ts';
import type { Picture } from './card.ts';
import type { SeriesOption } from './echarts.ts';
import { columnKeys } from './keys.ts';
import { lineStyleOf } from './palette.ts';
import { logScale, percent } from './scales.ts';
import type { Store } from './store.ts';
import { heldToTheEnd, nameOf, pointsOf, timeText } from './words.ts';

interface LineKind {
  readonly name: LineName;
  readonly title: string;
  readonly note?: string;
  readonly unit: 'ms' | 'share' | 'ratio' | 'count';
  /** A value holds at its moment only; else over the second that starts there. */
  readonly isSample?: boolean;
}

const kinds: readonly LineKind[] = [
  {
    name: 'success',
    title: 'Success rate',
    note: 'Of the requests that arrived in each second.',
    unit: 'share',
  },
  {
    name: 'p99',
    title: 'Latency p99',
    note: 'Of successes, by the second of arrival; logarithmic.',
    unit: 'ms',
  },
  {
    name: 'inFlight',
    title: 'In flight',
    note: 'Requests being served, all instances together, sampled each second.',
    unit: 'count',
    isSample: true,
  },
  {
    name: 'queue',
    title: 'Queue',
    note: 'Requests waiting, all instances together, sampled each second.',
    unit: 'count',
    isSample: true,
  },
  { name: 'retries', title: 'Retries', note: 'Attempts beyond the first, a second.', unit: 'count' },
  {
    name: 'dispersion',
    title: 'Dispersion',
    note: 'Of each second over the instances that are up: 0 alternates, 1 is chance, above 1 herds.',
    unit: 'ratio',
  },
];

/** A picture for each kind of line, with a line for each strategy that is chosen. */
export function linePictures(store: Store): Picture[] {
  return kinds.map((kind) => linePicture(store, kind));
}

function linePicture(store: Store, kind: LineKind): Picture {
  const { durationMs } = store.data;
  const linesOf = () =>
    [...store.view.selected]
      .toSorted((a, b) => a - b)
      .flatMap((column) => {
        const line: LineData | undefined = store.data.columns[column].course?.lines[kind.name];
        return line === undefined || line.values.length === 0 ? [] : [{ column, points: pointsOf(line) }];
      });
  const names = (column: number) => nameOf(store.data.columns[column]);
  const say = (value: number | null) => human(value, kind.unit);
  return {
    title: kind.title,
    ...(kind.note === undefined ? {} : { note: kind.note }),
    height: (width) => (width < 480 ? 190 : 220),
    isTimed: true,
    heeds: ['selected'],
    drawn: () => linesOf().map(({ column }) => ({ column, isPooled: false })),
    keys: (palette) =>
      columnKeys(
        store,
        linesOf().map(({ column }) => column),
        palette,
      ),
    option(palette) {
      const lines = linesOf();
      if (lines.every(({ points }) => points.length === 0)) return null;
      const faults = store.data.columns[lines[0].column].course?.faults ?? [];
      return {
        grid: grid(),
        xAxis: timeAxis(palette, durationMs),
        yAxis: axis(palette, {
          splitNumber: 4,
          ...axisOf(kind, lines),
        }),
        tooltip: tooltip(palette, {
          trigger: 'axis',
          formatter: (
            found: { axisValue: number; color: string; seriesName: string; value: [number, number | null] }[],
          ) =>
            tip(
              timeText(found[0]?.value[0] ?? 0),
              found.map(({ color, seriesName, value }) => ({ color, text: seriesName, value: say(value[1]) })),
            ),
        }),
        series: [
          ...lines.map(({ column, points }): SeriesOption => {
            const style = lineStyleOf(column, palette);
            return {
              type: 'line',
              name: names(column),
              ...(kind.isSample ? { data: points } : { step: 'end', data: heldToTheEnd(points, durationMs) }),
              showSymbol: false,
              lineStyle: style,
              itemStyle: { color: style.color },
              emphasis: { disabled: true },
            };
          }),
          ...faultShades(faults, palette),
        ],
      };
    },
    table() {
      const rows = linesOf().flatMap(({ column, points }) => points.map(([ms, value]) => [names(column), ms, value]));
      return { header: ['strategy', 't_ms', kind.name], rows };
    },
    describe() {
      const parts = linesOf().map(({ column, points }) => {
        const values = points.flatMap(([, value]) => (value === null ? [] : [value]));
        return `${names(column)} from ${say(Math.min(...values))} to ${say(Math.max(...values))}`;
      });
      return `Over time: ${parts.join('; ')}`;
    },
  };
}

interface Line {
  readonly column: number;
  readonly points: readonly (readonly [number, number | null])[];
}

/** Success hangs from 100%, latency is logarithmic, all else stands on 0. */
function axisOf({ unit }: LineKind, lines: readonly Line[]): Axis {
  if (unit === 'share') return { scale: true, max: 1, axisLabel: { formatter: (value: number) => percent(value) } };
  if (unit !== 'ms') {
    const isFlat = lines.every(({ points }) => points.every(([, value]) => value === null || value === 0));
    const formatter = (value: number) => human(value, unit);
    return {
      min: 0,
      ...(isFlat ? { max: 1, interval: 1 } : {}),
      ...(unit === 'count' ? { minInterval: 1 } : {}),
      axisLabel: { formatter },
    };
  }
  const scale = logScale(lines.flatMap(({ points }) => points.map(([, value]) => value ?? 0)));
  if (scale === null) return { type: 'log' };
  const { min, max, ticks } = scale;
  const customValues = ticks;
  return {
    type: 'log',
    min,
    max,
    axisTick: { customValues },
    axisLabel: { customValues, formatter: (value: number) => human(value, unit) },
  };
}
