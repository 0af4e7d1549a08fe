import type { FaultData } from '../report_data.ts';
import { h } from './dom.ts';
import type { ChartOption, SeriesOption } from './echarts.ts';
import type { Palette } from './palette.ts';
import { timeText } from './words.ts';

export type Axis = Record<string, unknown>;

/** What every axis looks like. */
export function axis(palette: Palette, own: Axis): Axis {
  const { axisLabel, ...rest } = own;
  return {
    type: 'value',
    nameTextStyle: { color: palette.muted, fontSize: 11 },
    axisLine: { lineStyle: { color: palette.muted } },
    axisLabel: { color: palette.muted, fontSize: 11, hideOverlap: true, ...(axisLabel as object | undefined) },
    splitLine: { lineStyle: { color: palette.grid } },
    minorSplitLine: { show: false },
    ...rest,
  };
}

/** The time of the run, in ms. */
export function timeAxis(palette: Palette, durationMs: number): Axis {
  return axis(palette, {
    min: 0,
    max: durationMs,
    splitLine: { show: false },
    axisLine: { onZero: false, lineStyle: { color: palette.muted } },
    axisLabel: { formatter: (ms: number) => clockText(ms, durationMs) },
    axisPointer: { label: { formatter: ({ value }: { value: number }) => timeText(value) } },
  });
}

/** On the axis of a long run `3:20` minutes, as steps are seldom whole ones. */
function clockText(ms: number, durationMs: number): string {
  if (durationMs <= 120_000) return timeText(ms);
  const seconds = Math.round(ms / 1000);
  const two = (part: number) => String(part).padStart(2, '0');
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

export function grid(more: Record<string, number> = {}): NonNullable<ChartOption['grid']> {
  return { left: 56, right: 14, top: 28, bottom: 26, ...more };
}

/** When faults acted, behind everything else, and their names above where there is room for them. */
export function faultShades(faults: readonly FaultData[], palette: Palette): SeriesOption[] {
  const windows = faultWindows(faults);
  return [
    {
      type: 'line',
      data: [],
      silent: true,
      tooltip: { show: false },
      markArea: {
        silent: true,
        itemStyle: { color: palette.fault, borderColor: palette.faultEdge, borderWidth: 1, borderType: 'dashed' },
        data: windows.map(({ fromMs, toMs }) => [{ xAxis: fromMs }, { xAxis: toMs }]),
      },
    },
    faultNames(windows, palette, false),
  ];
}

/**
 * Over what fills the picture a fault's window is hatched with thin lines, which leave colours as they are, between its
 * edges, with a bar on top.
 */
export function faultEdges(faults: readonly FaultData[], palette: Palette): SeriesOption {
  return faultNames(faultWindows(faults), palette, true);
}

interface FaultWindow {
  readonly fault: string;
  readonly fromMs: number;
  toMs: number;
}

/** Windows of one fault that lie over each other are one. */
function faultWindows(faults: readonly FaultData[]): FaultWindow[] {
  const windows: FaultWindow[] = [];
  for (const { fault, fromMs, toMs } of faults) {
    const last = windows.findLast((one) => one.fault === fault);
    if (last !== undefined && fromMs <= last.toMs) last.toMs = Math.max(last.toMs, toMs);
    else windows.push({ fault, fromMs, toMs });
  }
  return windows;
}

/** Rows of names above a picture, and the pixels of one and of a character, about. */
const LANES = 2;
const LANE = 11;
const CHARACTER = 5.6;
/** The bar on top of a window that is drawn over the picture, and from line to line of its hatching, in pixels. */
const BAR = 4;
const HATCH = 9;

function faultNames(windows: readonly FaultWindow[], palette: Palette, isEdged: boolean): SeriesOption {
  return {
    type: 'custom',
    z: 10,
    silent: true,
    tooltip: { show: false },
    // They have no height: the axis must not make room for their times.
    encode: { x: [0, 1], y: 2 },
    data: windows.map(({ fromMs, toMs }) => [fromMs, toMs, Number.NaN]),
    renderItem({ dataIndex, coordSys }, api) {
      const { x: minX, y, width, height } = coordSys as unknown as Record<'x' | 'y' | 'width' | 'height', number>;
      const spans = windows.map(({ fault, fromMs, toMs }) => ({
        fault,
        from: api.coord([fromMs, 0])[0],
        to: api.coord([toMs, 0])[0],
      }));
      const { fault, from, to } = spans[dataIndex];
      const lane = lanes(spans, minX, minX + width)[dataIndex];
      const edges = isEdged ? [from, to].filter((x) => x >= minX && x <= minX + width) : [];
      const style = { stroke: palette.ink, lineWidth: 1.2, lineDash: [4, 3] };
      const seen = { from: Math.max(from, minX), to: Math.min(to, minX + width) };
      const bar = { x: seen.from, y: y - BAR, width: seen.to - seen.from, height: BAR };
      const hatching = isEdged ? diagonals(seen, y + height, height) : [];
      const thin = { stroke: palette.ink, lineWidth: 0.6, opacity: 0.45 };
      const name = {
        ...{
          text: fault,
          x: lane.x,
          y: y - 4 - (isEdged ? BAR : 0) - lane.row * LANE,
          fontSize: 10,
          fill: palette.muted,
        },
        ...{ align: 'left' as const, verticalAlign: 'bottom' as const },
      };
      return {
        type: 'group',
        children: [
          ...(isEdged && bar.width > 0
            ? [{ type: 'rect' as const, shape: bar, style: { fill: palette.faultEdge } }]
            : []),
          ...hatching.map((shape) => ({ type: 'line' as const, shape, style: thin })),
          ...edges.map((x) => ({ type: 'line' as const, shape: { x1: x, x2: x, y1: y, y2: y + height }, style })),
          ...(lane.row < LANES ? [{ type: 'text' as const, style: name }] : []),
        ],
      };
    },
  };
}

/** Lines that rise from left to right over a window. */
function diagonals({ from, to }: { readonly from: number; readonly to: number }, bottom: number, height: number) {
  const lines: { x1: number; y1: number; x2: number; y2: number }[] = [];
  for (let start = from - height + HATCH; start < to; start += HATCH) {
    const [x1, x2] = [Math.max(start, from), Math.min(start + height, to)];
    if (x2 > x1) lines.push({ x1, y1: bottom - (x1 - start), x2, y2: bottom - (x2 - start) });
  }
  return lines;
}

/** Where each name stands: at the start of its window as far as that is seen, on the lowest row on which nobody else does. */
function lanes(
  spans: readonly { readonly fault: string; readonly from: number; readonly to: number }[],
  minX: number,
  maxX: number,
): { x: number; row: number }[] {
  const ends = Array.from({ length: LANES }, () => Number.NEGATIVE_INFINITY);
  return spans.map(({ fault, from, to }) => {
    if (to < minX || from > maxX) return { x: 0, row: LANES };
    const size = fault.length * CHARACTER;
    const x = Math.max(minX, Math.min(Math.max(from, minX), maxX - size));
    const row = ends.findIndex((end) => end + 6 < x);
    if (row < 0) return { x: 0, row: LANES };
    ends[row] = x + size;
    return { x, row };
  });
}

/** What a pointer hovers over, in words: a title, and lines with a swatch each. */
export function tip(title: string, lines: readonly { color?: string; text: string; value?: string }[]): HTMLElement {
  return h(
    'div',
    { class: 'tip' },
    h('strong', {}, title),
    ...lines.map(({ color, text, value }) =>
      h(
        'div',
        {},
        color === undefined ? null : h('i', { style: `background:${color}` }),
        h('span', {}, text),
        value === undefined ? null : h('b', {}, value),
      ),
    ),
  );
}

export function tooltip(palette: Palette, own: Record<string, unknown>): NonNullable<ChartOption['tooltip']> {
  return {
    confine: true,
    backgroundColor: palette.ground,
    borderColor: palette.muted,
    borderWidth: 1,
    padding: 8,
    transitionDuration: 0,
    textStyle: { color: palette.ink, fontSize: 12 },
    axisPointer: { type: 'line', lineStyle: { color: palette.muted } },
    ...own,
  };
}
