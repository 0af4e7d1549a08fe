import { humanMs } from '../../units.ts';
import type { ColumnData, LatencyQuantile } from '../report_data.ts';
import { type Axis, axis, grid, tip, tooltip } from './axes.ts';
import type { Picture } from './card.ts';
import type { CustomSeriesOption, SeriesOption } from './echarts.ts';
import { columnKeys } from './keys.ts';
import { narrowed } from './latency_band.ts';
import { lineStyleOf } from './palette.ts';
import { logScale } from './scales.ts';
import type { Store } from './store.ts';
import { nameOf } from './words.ts';

/** Bands of more strategies hide each other. */
const MOST_BANDS = 6;
/** On the axis of shares 90% is 1, 99% is 2: tails get the room they deserve. */
const nines = (share: number) => -Math.log10(Math.max(1 - share, 1e-6));
const shareTicks = [0, 0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999];

interface Curve {
  readonly c: number;
  readonly column: ColumnData;
  readonly points: readonly LatencyQuantile[];
}

/** The distribution of latency over all runs, each quantile with its interval; of one run where that is all there is. */
export function latencyCdf(store: Store): Picture {
  const curves = (): Curve[] =>
    [...store.view.selected]
      .toSorted((a, b) => a - b)
      .map((c) => ({ c, column: store.data.columns[c], points: pointsOf(store.data.columns[c]) }))
      .filter(({ points }) => points.length > 0);
  const isOverall = store.data.columns.some(({ latency }) => latency !== null);
  return {
    title: 'Latency distribution',
    note: isOverall
      ? 'Successes of all runs. The band is the 95% interval of each quantile by itself: Student\u2019s, by how the quantiles of the runs scatter about that of all, and within those of shorter and longer ones.'
      : "Successes of one run. That of all runs, with its intervals, is recorded by 'meshtrial run --html'.",
    height: (width) => (width < 480 ? 280 : 340),
    isTimed: false,
    heeds: ['selected'],
    drawn: () => curves().map(({ c, column }) => ({ column: c, isPooled: column.latency !== null })),
    option(palette) {
      const shown = curves();
      if (shown.length === 0) return null;
      const range = logAxis(shown);
      return {
        grid: grid({ bottom: 32 }),
        xAxis: axis(palette, range),
        yAxis: axis(palette, {
          min: 0,
          max: 4.5,
          axisLabel: { customValues: shareTicks.map(nines), formatter: percentAt },
          axisTick: { customValues: shareTicks.map(nines) },
          splitLine: { show: false },
        }),
        tooltip: tooltip(palette, {
          trigger: 'axis',
          formatter: (found: { color: string; seriesName: string; value: [number, number] }[]) =>
            tip(
              `by ${humanMs(found[0]?.value[0] ?? 0)}`,
              found.map(({ color, seriesName, value }) => ({ color, text: seriesName, value: percentAt(value[1]) })),
            ),
        }),
        series: [
          ...(shown.length > MOST_BANDS
            ? []
            : shown.map(({ c, points }) =>
                band(points, typeof range.min === 'number' ? range.min : 1e-6, lineStyleOf(c, palette).color),
              )),
          ...shown.map(({ c, column, points }): SeriesOption => {
            const style = lineStyleOf(c, palette);
            return {
              type: 'line',
              name: nameOf(column),
              data: points.map(([share, ms]) => [ms, nines(share)]),
              showSymbol: false,
              lineStyle: style,
              itemStyle: { color: style.color },
              emphasis: { disabled: true },
            };
          }),
        ],
      };
    },
    table() {
      const rows = curves().flatMap(({ column, points }) =>
        points.map(([share, ms, low, high]) => [nameOf(column), share, ms, low, high]),
      );
      return { header: ['strategy', 'share_not_longer', 'latency_ms', 'low_ms', 'high_ms'], rows };
    },
    keys: (palette) =>
      columnKeys(
        store,
        curves().map(({ c }) => c),
        palette,
      ),
    describe: () =>
      `How many requests were answered by which latency, for ${curves()
        .map(({ column }) => nameOf(column))
        .join(', ')}`,
  };
}

function pointsOf({ latency, course }: ColumnData): readonly LatencyQuantile[] {
  return latency ?? (course?.latencyCdf ?? []).map(([ms, share]) => [share, ms, null, null]);
}

function percentAt(at: number): string {
  return `${Number((100 * (1 - 10 ** -at)).toPrecision(6))}%`;
}

/** Below it a curve is flat, and a decade as wide as one that matters. */
const LEAST_SHARE = 0.002;

function logAxis(curves: readonly Curve[]): Axis {
  const values = curves.flatMap(({ points }) => points.filter(([share]) => share >= LEAST_SHARE).map(([, ms]) => ms));
  const scale = logScale(values);
  if (scale === null) return { type: 'log' };
  const { min, max, ticks: customValues } = scale;
  return { type: 'log', min, max, axisTick: { customValues }, axisLabel: { customValues, formatter: humanMs } };
}

/** What the intervals of the quantiles span. One that reaches to 0 goes off the logarithmic axis at `least`. */
function band(points: readonly LatencyQuantile[], least: number, color: string): CustomSeriesOption {
  const known = narrowed(points);
  const outline = [
    ...known.map(({ share, low }) => [Math.max(low, least), nines(share)]),
    ...known.toReversed().map(({ share, high }) => [Math.max(high, least), nines(share)]),
  ];
  return {
    type: 'custom',
    silent: true,
    tooltip: { show: false },
    clip: true,
    data: outline.slice(0, 1),
    renderItem(_, api) {
      return {
        type: 'polygon',
        shape: { points: outline.map((point) => api.coord(point)) },
        style: { fill: color, opacity: 0.25 },
      };
    },
  };
}
