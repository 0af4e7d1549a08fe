import { humanPercent } from '../../units.ts';
import type { ColumnData } from '../report_data.ts';
import { axis, faultShades, grid, timeAxis, tip, tooltip } from './axes.ts';
import type { Picture } from './card.ts';
import type { SeriesOption } from './echarts.ts';
import { columnKeys } from './keys.ts';
import { lineStyleOf } from './palette.ts';
import type { Store } from './store.ts';
import { theoryKey, theoryLine } from './theory_line.ts';
import { heldToTheEnd, nameOf, pointsOf, timeText } from './words.ts';

const chosen = ({ data, view }: Store): [number, ColumnData][] =>
  [...view.selected].toSorted((a, b) => a - b).map((c) => [c, data.columns[c]]);

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
    note: 'Time from going down until a caller no longer believed in the instance, over pairs of one run (Kaplan-Meier).',
    height: (width) => (width < 480 ? 260 : 300),
    isTimed: false,
    heeds: ['selected'],
    drawn: () => curves().map(({ c }) => ({ column: c, isPooled: false })),
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
          ...(law.length === 0 ? [] : [theoryLine('law in theory', law, palette)]),
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
    isThere: () => store.data.columns.some(({ course }) => (course?.detection.times.length ?? 0) > 0),
    keys: (palette) => [
      ...columnKeys(
        store,
        curves().map(({ c }) => c),
        palette,
      ),
      ...(curves().some(({ detection }) => detection.law.length > 0) ? [theoryKey(palette, 'law in theory')] : []),
    ],
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
    note: 'Share of instances that are up, over all runs, beside the model of the faults where it has a closed form.',
    height: (width) => (width < 480 ? 190 : 300),
    isTimed: true,
    heeds: ['a'],
    drawn: () => (lines() === null ? [] : [{ column: store.view.a, isPooled: true }]),
    option(palette) {
      const found = lines();
      if (found === null) return null;
      const { durationMs } = store.data;
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
          ...(found.model === null
            ? []
            : [
                {
                  ...theoryLine('model', heldToTheEnd(pointsOf(found.model), durationMs), palette),
                  step: 'end' as const,
                },
              ]),
          {
            ...{ type: 'line', name: 'measured', step: 'end', showSymbol: false, emphasis: { disabled: true } },
            data: heldToTheEnd(pointsOf(found.measured), durationMs),
            ...{ lineStyle: { color: palette.ink, width: 2 }, itemStyle: { color: palette.ink } },
          },
          ...faultShades(store.data.columns[store.view.a].course?.faults ?? [], palette),
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
    isThere: () =>
      store.data.columns.some(({ availability }) => availability?.measured.values.some((value) => value !== 1)),
    keys: (palette) => [
      { mark: { line: palette.ink, type: 'solid', width: 2 }, text: 'measured' },
      ...(lines()?.model == null ? [] : [theoryKey(palette, 'model')]),
    ],
    describe: () =>
      lines()?.model == null ? 'As measured; the faults have no closed form' : 'As measured, and as the model has it',
  };
}
