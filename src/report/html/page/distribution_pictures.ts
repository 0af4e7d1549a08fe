import { humanMs, humanPercent } from '../../units.ts';
import { bandQuantiles } from '../band_quantiles.ts';
import type { ColumnData } from '../report_data.ts';
import { axis, faultShades, grid, timeAxis, tip, tooltip } from './axes.ts';
import type { Picture } from './card.ts';
import type { CustomSeriesOption, SeriesOption } from './echarts.ts';
import { lineStyleOf } from './palette.ts';
import type { Store } from './store.ts';
import { nameOf, pointsOf, timeText } from './words.ts';

/** Bands of more strategies hide each other. */
const MOST_BANDS = 6;
/** On the axis of shares 90% is 1, 99% is 2: tails get the room they deserve. */
const nines = (share: number) => -Math.log10(Math.max(1 - share, 1e-6));
const shareTicks = [0, 0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999];

const chosen = ({ data, view }: Store): [number, ColumnData][] =>
  [...view.selected].toSorted((a, b) => a - b).map((c) => [c, data.columns[c]]);

/** The distribution of latency, and the intervals of its quantiles over all replications as a band. */
export function latencyCdf(store: Store): Picture {
  const curves = () =>
    chosen(store).flatMap(([c, column]) =>
      column.course === null || column.course.latencyCdf.length === 0
        ? []
        : [{ c, column, curve: column.course.latencyCdf }],
    );
  return {
    title: 'Latency distribution',
    note: 'Successes of one run; the band has the width of the 95% intervals over all runs at p50, p90, p99 and p99.9.',
    height: (width) => (width < 480 ? 280 : 340),
    isTimed: false,
    heeds: ['selected'],
    option(palette) {
      const shown = curves();
      if (shown.length === 0) return null;
      return {
        grid: grid({ bottom: 32 }),
        xAxis: axis(palette, {
          type: 'log',
          axisLabel: { formatter: humanMs },
          ...logRange(shown.map(({ curve }) => curve)),
        }),
        yAxis: axis(palette, {
          min: 0,
          max: 4.5,
          axisLabel: {
            customValues: shareTicks.map(nines),
            formatter: (at: number) => `${Number((100 * (1 - 10 ** -at)).toFixed(3))}%`,
          },
          axisTick: { customValues: shareTicks.map(nines) },
          splitLine: { show: false },
        }),
        tooltip: tooltip(palette, {
          trigger: 'axis',
          formatter: (found: { color: string; seriesName: string; value: [number, number] }[]) =>
            tip(
              `by ${humanMs(found[0]?.value[0] ?? 0)}`,
              found.map(({ color, seriesName, value }) => ({
                color,
                text: seriesName,
                value: `${Number((100 * (1 - 10 ** -value[1])).toPrecision(6))}%`,
              })),
            ),
        }),
        series: [
          ...(shown.length > MOST_BANDS
            ? []
            : shown.map(({ c, column }) => band(store, column, lineStyleOf(c, palette).color))),
          ...shown.map(({ c, column, curve }): SeriesOption => {
            const style = lineStyleOf(c, palette);
            return {
              type: 'line',
              name: nameOf(column),
              data: curve.map(([value, share]) => [value, nines(share)]),
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
      const rows = curves().flatMap(({ column, curve }) =>
        curve.map(([value, share]) => [nameOf(column), value, share]),
      );
      return { header: ['strategy', 'latency_ms', 'share_not_longer'], rows };
    },
    describe: () =>
      `How many requests were answered by which latency, for ${curves()
        .map(({ column }) => nameOf(column))
        .join(', ')}`,
  };
}

/** Whole decades around what there is. */
function logRange(curves: readonly (readonly (readonly [number, number])[])[]): { min: number; max: number } {
  const values = curves.flatMap((curve) => curve.map(([value]) => value)).filter((value) => value > 0);
  return {
    min: 10 ** Math.floor(Math.log10(Math.min(...values))),
    max: 10 ** Math.ceil(Math.log10(Math.max(...values))),
  };
}

/**
 * The curve between the intervals of its quantiles: what an interval's end is of the estimate, in proportion, the curve
 * is moved by, from one quantile to the next evenly on the axis of shares.
 */
function band({ data }: Store, column: ColumnData, color: string): CustomSeriesOption {
  const known = bandQuantiles.flatMap(([name, q]) => {
    const estimate = column.estimates[data.metrics.findIndex((metric) => metric.name === name)];
    const { mean = null, low = null, high = null } = estimate ?? {};
    if (mean === null || low === null || high === null || low <= 0) return [];
    return [{ at: nines(q), low: Math.log(low / mean), high: Math.log(high / mean) }];
  });
  const last = known.at(-1)?.at ?? 0;
  const curve = (column.course?.latencyCdf ?? [])
    .map(([value, share]) => ({ value, at: nines(share) }))
    .filter(({ at }) => at <= last);
  const edge = (end: 'low' | 'high') => curve.map(({ value, at }) => [value * Math.exp(between(known, at, end)), at]);
  const points = known.length < 2 ? [] : [...edge('low'), ...edge('high').toReversed()];
  return {
    type: 'custom',
    silent: true,
    tooltip: { show: false },
    clip: true,
    data: points.length === 0 ? [] : [points[0]],
    renderItem(_, api) {
      return {
        type: 'polygon',
        shape: { points: points.map((point) => api.coord(point)) },
        style: { fill: color, opacity: 0.25 },
      };
    },
  };
}

function between(known: readonly { at: number; low: number; high: number }[], at: number, end: 'low' | 'high'): number {
  const next = known.findIndex((one) => one.at >= at);
  if (next <= 0) return known[Math.max(next, 0)][end];
  const [before, after] = [known[next - 1], known[next]];
  return before[end] + ((after[end] - before[end]) * (at - before.at)) / (after.at - before.at);
}

/** How long callers took to notice: the share that had, by then. */
export function detectionCdf(store: Store): Picture {
  const curves = () =>
    chosen(store).flatMap(([c, column]) =>
      column.course === null || column.course.detection.times.length === 0
        ? []
        : [{ c, column, detection: column.course.detection }],
    );
  return {
    title: 'Failover latency, cumulated',
    note: 'Time from going down until a caller no longer believed in the instance, over pairs of one run (Kaplan-Meier). Dashed and grey: the law in theory, where it has one.',
    height: (width) => (width < 480 ? 260 : 300),
    isTimed: false,
    heeds: ['selected'],
    option(palette) {
      const shown = curves();
      if (shown.length === 0) return null;
      const law = shown.find(({ detection }) => detection.law.length > 0)?.detection.law ?? [];
      return {
        grid: grid({ bottom: 32 }),
        xAxis: axis(palette, { min: 0, axisLabel: { formatter: timeText } }),
        yAxis: axis(palette, { min: 0, max: 1, axisLabel: { formatter: humanPercent } }),
        tooltip: tooltip(palette, {
          trigger: 'axis',
          formatter: (found: { color: string; seriesName: string; value: [number, number] }[]) =>
            tip(
              `after ${timeText(found[0]?.value[0] ?? 0)}`,
              found.map(({ color, seriesName, value }) => ({ color, text: seriesName, value: humanPercent(value[1]) })),
            ),
        }),
        series: [
          ...shown.map(({ c, column, detection }): SeriesOption => {
            const style = lineStyleOf(c, palette);
            return {
              type: 'line',
              name: nameOf(column),
              step: 'end',
              data: [[0, 0], ...detection.cdf.map(([ms, share]) => [ms, share])],
              showSymbol: false,
              lineStyle: style,
              itemStyle: { color: style.color },
              emphasis: { disabled: true },
            };
          }),
          ...(law.length === 0
            ? []
            : [
                {
                  type: 'line' as const,
                  name: 'theory',
                  data: law.map(([ms, share]) => [ms, share]),
                  showSymbol: false,
                  lineStyle: { color: palette.muted, type: 'dashed' as const, width: 3, opacity: 0.8 },
                  itemStyle: { color: palette.muted },
                  emphasis: { disabled: true },
                },
              ]),
        ],
      };
    },
    table() {
      const rows = curves().flatMap(({ column, detection }) => [
        ...detection.cdf.map(([ms, share]) => [nameOf(column), 'measured', ms, share]),
        ...detection.law.map(([ms, share]) => [nameOf(column), 'theory', ms, share]),
      ]);
      return { header: ['strategy', 'what', 'detect_ms', 'share'], rows };
    },
    describe: () =>
      curves()
        .map(
          ({ column, detection: { times, missed } }) =>
            `${nameOf(column)}: ${times.length} pairs noticed${missed > 0 ? `, ${missed} did not` : ''}`,
        )
        .join('; '),
  };
}

/** P(t), as measured over all runs and as the model of the faults has it. */
export function availabilityPicture(store: Store): Picture {
  const lines = () => store.data.columns[store.view.a]?.availability ?? null;
  return {
    title: 'Instances up, P(t)',
    note: 'Share of instances that are up, over all runs, beside the model of the faults where it has a closed form (dashed).',
    height: (width) => (width < 480 ? 190 : 220),
    isTimed: true,
    heeds: ['a'],
    option(palette) {
      const found = lines();
      if (found === null) return null;
      const line = (
        name: string,
        data: [number, number | null][],
        color: string,
        type: 'solid' | 'dashed',
      ): SeriesOption => ({
        ...{ type: 'line', name, data, step: 'end', showSymbol: false, emphasis: { disabled: true } },
        ...{ lineStyle: { color, type, width: 2 }, itemStyle: { color } },
      });
      return {
        grid: grid(),
        xAxis: timeAxis(palette, store.data.durationMs),
        yAxis: axis(palette, { max: 1, min: 0, interval: 0.25, axisLabel: { formatter: humanPercent } }),
        tooltip: tooltip(palette, {
          trigger: 'axis',
          formatter: (all: { color: string; seriesName: string; value: [number, number] }[]) =>
            tip(
              timeText(all[0]?.value[0] ?? 0),
              all.map(({ color, seriesName, value }) => ({ color, text: seriesName, value: humanPercent(value[1]) })),
            ),
        }),
        series: [
          line('measured', pointsOf(found.measured), palette.lines[0], 'solid'),
          ...(found.model === null ? [] : [line('model', pointsOf(found.model), palette.lines[1], 'dashed')]),
          faultShades(store.data.columns[store.view.a].course?.faults ?? [], palette, true),
        ],
      };
    },
    table() {
      const found = lines();
      if (found === null) return { header: ['what', 't_ms', 'share_up'], rows: [] };
      const rows = (what: string, points: [number, number | null][]) => points.map(([ms, value]) => [what, ms, value]);
      return {
        header: ['what', 't_ms', 'share_up'],
        rows: [
          ...rows('measured', pointsOf(found.measured)),
          ...(found.model === null ? [] : rows('model', pointsOf(found.model))),
        ],
      };
    },
    describe: () =>
      lines()?.model == null ? 'As measured; the faults have no closed form' : 'As measured, and as the model has it',
  };
}
