import { humanPercent } from '../../units.ts';
import type { ShareData } from '../report_data.ts';
import { axis, grid, tip, tooltip } from './axes.ts';
import type { Picture } from './card.ts';
import type { Side } from './course_pictures.ts';
import type { CustomSeriesOption, SeriesOption } from './echarts.ts';
import { columnKeys } from './keys.ts';
import { lineStyleOf } from './palette.ts';
import { percent, scaleBetween } from './scales.ts';
import type { Store } from './store.ts';
import { nameOf } from './words.ts';
import { byZone } from './zones.ts';

/** More instances than that: those farthest from their due. */
const MOST_ROWS = 30;
const ROW = 17;
/** As tall as the picture beside it, where rows are few. */
const TALL = 330;
const rowHeight = (count: number) => Math.min(Math.max(ROW, TALL / Math.max(count, 1)), 40);

type Known = ShareData & { readonly share: number; readonly expected: number };

/** What each instance got beside what it was due, means over all runs with their intervals. */
export function sharesPicture(store: Store, side: Side): Picture {
  const { data } = store;
  const known = (of: Side): readonly Known[] => {
    const column = store.view[of];
    const instances = column === null ? [] : data.columns[column].instances;
    const found = instances.filter((one): one is Known => one.share !== null && one.expected !== null);
    return byZone(found, ({ id }) => id, instances);
  };
  const rows = () => {
    const all = known(side);
    if (all.length <= MOST_ROWS) return all;
    const far = new Set(all.toSorted((a, b) => offset(b) - offset(a)).slice(0, MOST_ROWS));
    return all.filter((one) => far.has(one));
  };
  const name = () => (store.view[side] === null ? '' : nameOf(data.columns[store.view[side] as number]));
  return {
    title: side === 'a' ? 'Share of each instance' : 'Share of each instance (compared)',
    ...(side === 'a' ? {} : { isThere: () => store.view.b !== null }),
    note: `Attempts received (dot, with its 95% interval over runs) against what it was due (bar)${data.columns.some(({ instances, instancesLeftOut }) => instances.length > MOST_ROWS || instancesLeftOut > 0) ? `; the ${MOST_ROWS} farthest from it` : ''}.`,
    height: () => Math.max(rows().length, 2) * rowHeight(rows().length) + 50,
    isTimed: false,
    heeds: ['a', 'b'],
    drawn() {
      const column = store.view[side];
      return column === null || rows().length === 0 ? [] : [{ column, isPooled: true }];
    },
    option(palette) {
      const shown = rows();
      if (shown.length === 0) return null;
      const both = [...known('a'), ...known('b')];
      const low = Math.min(...both.map(({ share, low, expected }) => Math.min(low ?? share, expected)));
      const high = Math.max(...both.map(({ share, high, expected }) => Math.max(high ?? share, expected)));
      // Never so near that chance looks like a verdict: at least a twentieth around what is due.
      const dues = both.map(({ expected }) => expected);
      const from = Math.min(low, 0.95 * Math.min(...dues));
      const to = Math.max(high, 1.05 * Math.max(...dues));
      const { color } = lineStyleOf(store.view[side] as number, palette);
      const series: CustomSeriesOption = {
        type: 'custom',
        encode: { x: [0, 1, 2, 3], y: 4 },
        data: shown.map(({ share, low, high, expected }, i) => [low ?? share, high ?? share, share, expected, i]),
        renderItem(_, api) {
          const row = api.value(4);
          const [x1, x2, x, due] = [0, 1, 2, 3].map((i) => api.coord([api.value(i), row])[0]);
          const y = api.coord([0, row])[1];
          return {
            type: 'group',
            children: [
              { type: 'rect', shape: { x: due - 1.5, y: y - 7, width: 3, height: 14 }, style: { fill: palette.muted } },
              { type: 'line', shape: { x1, x2, y1: y, y2: y }, style: { stroke: color, lineWidth: 2 } },
              { type: 'line', shape: { x1, x2: x1, y1: y - 4, y2: y + 4 }, style: { stroke: color, lineWidth: 1.5 } },
              { type: 'line', shape: { x1: x2, x2, y1: y - 4, y2: y + 4 }, style: { stroke: color, lineWidth: 1.5 } },
              {
                type: 'circle',
                shape: { cx: x, cy: y, r: 4 },
                style: { fill: color, stroke: palette.ground, lineWidth: 1 },
              },
            ],
          };
        },
      };
      return {
        grid: grid({ left: 74, top: 8, bottom: 30 }),
        xAxis: axis(palette, {
          ...scaleBetween(from, to),
          axisLabel: { formatter: percent },
        }),
        yAxis: axis(palette, {
          type: 'category',
          inverse: true,
          data: shown.map(({ id }) => id),
          splitLine: { show: false },
          axisLabel: { interval: 0, width: 64, overflow: 'truncate' },
        }),
        tooltip: tooltip(palette, {
          trigger: 'item',
          formatter: ({ dataIndex }: { dataIndex: number }) => {
            const { id, zone, share, low, high, expected } = shown[dataIndex];
            return tip(zone === null ? id : `${id}, zone ${zone}`, [
              { text: 'got', value: percent(share) },
              ...(low === null || high === null
                ? []
                : [{ text: '95% interval', value: `${percent(low)} to ${percent(high)}` }]),
              { text: 'was due', value: percent(expected) },
            ]);
          },
        }),
        series: [series],
      };
    },
    table: () => ({
      header: ['strategy', 'instance', 'zone', 'share', 'low', 'high', 'expected_share'],
      rows: known(side).map(({ id, zone, share, low, high, expected }) => [
        name(),
        id,
        zone,
        share,
        low,
        high,
        expected,
      ]),
    }),
    keys: (palette) =>
      store.view[side] === null
        ? []
        : [
            { mark: { fill: lineStyleOf(store.view[side], palette).color }, text: `${name()}: got` },
            { mark: { fill: palette.muted, isThin: true }, text: 'was due' },
          ],
    describe() {
      const farthest = known(side).toSorted((a, b) => offset(b) - offset(a))[0];
      return farthest === undefined
        ? name()
        : `${name()}: farthest from its due is ${farthest.id} with ${percent(farthest.share)} of ${percent(farthest.expected)}`;
    },
  };
}

/** Attempts cumulated over dues, from who got least of what it was due to who got most (M. O. Lorenz, 1905). */
export function lorenzPicture(store: Store): Picture {
  const curves = () =>
    [...store.view.selected]
      .toSorted((a, b) => a - b)
      .map((c) => ({ c, name: nameOf(store.data.columns[c]), curve: lorenz(store.data.columns[c].instances) }));
  return {
    title: 'Lorenz curve',
    note: 'Cumulated attempts against cumulated dues, poorest instances first. On the diagonal everybody gets their due.',
    height: (width) => Math.min(width, 380),
    isTimed: false,
    heeds: ['selected'],
    drawn: () =>
      curves()
        .filter(({ curve }) => curve.length > 1)
        .map(({ c }) => ({ column: c, isPooled: true })),
    option(palette) {
      const shown = curves().filter(({ curve }) => curve.length > 1);
      if (shown.length === 0) return null;
      return {
        grid: grid({ bottom: 30 }),
        xAxis: axis(palette, { min: 0, max: 1, axisLabel: { formatter: humanPercent } }),
        yAxis: axis(palette, { min: 0, max: 1, axisLabel: { formatter: humanPercent } }),
        tooltip: tooltip(palette, {
          trigger: 'axis',
          formatter: (found: { color: string; seriesName: string; value: [number, number] }[]) =>
            tip(
              `the poorest ${humanPercent(found[0]?.value[0] ?? 0)} of dues`,
              found
                .filter(({ seriesName }) => seriesName !== 'even')
                .map(({ color, seriesName, value }) => ({ color, text: seriesName, value: percent(value[1]) })),
            ),
        }),
        series: [
          ...shown.map(({ c, name, curve }): SeriesOption => {
            const style = lineStyleOf(c, palette);
            return {
              ...{ type: 'line', name, data: curve, showSymbol: false, emphasis: { disabled: true } },
              ...{ lineStyle: style, itemStyle: { color: style.color } },
            };
          }),
          {
            ...{ type: 'line', name: 'even', showSymbol: false, silent: true, emphasis: { disabled: true } },
            ...{
              data: [
                [0, 0],
                [1, 1],
              ],
              lineStyle: { color: palette.muted, type: 'dotted', width: 1 },
              itemStyle: { color: palette.muted },
            },
          },
        ],
      };
    },
    table: () => ({
      header: ['strategy', 'share_of_dues', 'share_of_attempts'],
      rows: curves().flatMap(({ name, curve }) => curve.map(([due, got]) => [name, due, got])),
    }),
    keys: (palette) =>
      columnKeys(
        store,
        curves().map(({ c }) => c),
        palette,
      ),
    describe: () =>
      `For ${curves()
        .map(({ name }) => name)
        .join(', ')}`,
  };
}

function lorenz(instances: readonly ShareData[]): [number, number][] {
  const known = instances.filter(
    (one): one is Known => one.share !== null && one.expected !== null && one.expected > 0,
  );
  const dues = known.reduce((sum, { expected }) => sum + expected, 0);
  const shares = known.reduce((sum, { share }) => sum + share, 0);
  const curve: [number, number][] = [[0, 0]];
  let [due, got] = [0, 0];
  for (const { share, expected } of known.toSorted((a, b) => a.share / a.expected - b.share / b.expected)) {
    due += expected / dues;
    got += share / shares;
    curve.push([due, got]);
  }
  return curve;
}

function offset({ share, expected }: Known): number {
  return Math.abs(share - expected);
}
