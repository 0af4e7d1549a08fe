import { humanMs } from '../../units.ts';
import { axis, grid, tip, tooltip } from './axes.ts';
import type { Picture } from './card.ts';
import { courseOf, sideName } from './course_pictures.ts';
import type { SeriesOption } from './echarts.ts';
import { expectedCounts } from './expected_counts.ts';
import { lineStyleOf } from './palette.ts';
import { hatch } from './patterns.ts';
import { roundStep } from './scales.ts';
import type { Store } from './store.ts';
import { theoryKey, theoryLine } from './theory_line.ts';

const BINS = 12;

/** How many pairs took how long to notice, of one column, or of two beside each other. */
export function detectionHistogram(store: Store): Picture {
  const sides = () =>
    (['a', 'b'] as const).flatMap((side) => {
      const { times, missed, law } = courseOf(store, side)?.detection ?? { times: [], missed: 0, law: [] };
      return times.length === 0 ? [] : [{ side, column: store.view[side] as number, times, missed, law }];
    });
  const bins = () => {
    const found = sides();
    const all = found.flatMap(({ times }) => times);
    const [shortest, longest] = [Math.min(...all), Math.max(...all)];
    const width = binWidth(longest - shortest || longest);
    const from = Math.floor(shortest / width);
    const to = Math.floor(longest / width);
    const starts = Array.from({ length: to - from + 1 }, (_, i) => (from + i) * width);
    const counted = found.map(({ side, column, times }) => ({
      ...{ side, column },
      counts: starts.map((start) => times.filter((ms) => Math.floor(ms / width) === Math.round(start / width)).length),
    }));
    const [{ law, times, missed }] = found;
    const expected = hasLaw(found) ? expectedCounts(law, times.length + missed, starts, width) : null;
    return { width, starts, counted, expected };
  };
  return {
    title: 'Failover latency, histogram',
    note: 'Pairs of caller and instance, by how long the caller went on believing in an instance that was down.',
    height: (width) => (width < 480 ? 260 : 300),
    isTimed: false,
    heeds: ['a', 'b'],
    drawn: () => sides().map(({ side, column }) => ({ column, isPooled: false, label: sideName(store, side) })),
    option(palette) {
      if (sides().length === 0) return null;
      const { width, starts, counted, expected } = bins();
      return {
        grid: grid({ top: 30, bottom: 32 }),
        xAxis: axis(palette, { type: 'category', data: starts.map((ms) => humanMs(ms)), splitLine: { show: false } }),
        yAxis: axis(palette, { min: 0, minInterval: 1, name: 'pairs' }),
        tooltip: tooltip(palette, {
          trigger: 'axis',
          axisPointer: { type: 'shadow' },
          formatter: (all: { color: string; seriesName: string; value: number; dataIndex: number }[]) =>
            tip(
              `${humanMs(starts[all[0].dataIndex])} to ${humanMs(starts[all[0].dataIndex] + width)}`,
              all.map(({ color, seriesName, value }) => ({
                color,
                text: seriesName,
                value: String(Number(value.toPrecision(3))),
              })),
            ),
        }),
        series: [
          ...counted.map(({ side, column, counts }): SeriesOption => {
            const { color } = lineStyleOf(column, palette);
            return {
              ...{
                type: 'bar',
                name: sideName(store, side),
                data: counts,
                barCategoryGap: '12%',
                emphasis: { disabled: true },
              },
              itemStyle:
                side === 'a'
                  ? { color }
                  : { color: hatch(color, palette.ground, 'diagonal'), borderColor: color, borderWidth: 1.5 },
            };
          }),
          ...(expected === null
            ? []
            : [
                {
                  ...theoryLine('law in theory', [], palette),
                  data: expected,
                  symbol: 'circle',
                  symbolSize: 9,
                  showSymbol: true,
                  z: 3,
                },
              ]),
        ],
      };
    },
    keys: (palette) => [
      ...sides().map(({ side, column }) => ({
        mark: {
          fill:
            side === 'a'
              ? lineStyleOf(column, palette).color
              : hatch(lineStyleOf(column, palette).color, palette.ground, 'diagonal'),
        },
        text: sideName(store, side),
      })),
      ...(hasLaw(sides()) ? [theoryKey(palette, 'law in theory')] : []),
    ],
    isThere: () => store.data.columns.some(({ course }) => (course?.detection.times.length ?? 0) > 0),
    table() {
      const header = ['strategy', 'from_ms', 'pairs'];
      if (sides().length === 0) return { header, rows: [] };
      const { starts, counted, expected } = bins();
      const rows = counted.flatMap(({ side, counts }) =>
        counts.map((count, i): (string | number)[] => [sideName(store, side), starts[i], count]),
      );
      return { header, rows: [...rows, ...(expected ?? []).map((count, i) => ['law in theory', starts[i], count])] };
    },
    describe: () =>
      sides()
        .map(
          ({ side, times }) =>
            `${sideName(store, side)}: ${times.length} pairs, ${humanMs(times[0])} to ${humanMs(times[times.length - 1])}`,
        )
        .join('; '),
  };
}

/** Two columns may each have a law of their own; the cumulated picture draws both. */
function hasLaw(sides: readonly { readonly law: readonly unknown[] }[]): boolean {
  return sides.length === 1 && sides[0].law.length > 0;
}

/** 1, 2 or 5 times a power of ten, so that there are about as many bins as that over the range. */
function binWidth(range: number): number {
  return roundStep(Math.max(range, 1e-3) / BINS);
}
