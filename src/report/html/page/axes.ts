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
  return { left: 56, right: 14, top: 24, bottom: 26, ...more };
}

/** When faults acted, behind everything else. Names stand where there is room for them. */
export function faultShades(faults: readonly FaultData[], palette: Palette, named: boolean): SeriesOption {
  return {
    type: 'line',
    data: [],
    silent: true,
    tooltip: { show: false },
    markArea: {
      silent: true,
      itemStyle: { color: palette.fault, borderColor: palette.faultEdge, borderWidth: 1, borderType: 'dashed' },
      label: { show: named, color: palette.muted, fontSize: 10, position: 'top', distance: 3 },
      data: faultWindows(faults).map(({ name, fromMs, toMs }) => [{ name, xAxis: fromMs }, { xAxis: toMs }]),
    },
  };
}

/** Windows that lie over each other are one; a name for each fault in them. */
export function faultWindows(faults: readonly FaultData[]): { name: string; fromMs: number; toMs: number }[] {
  const windows: { names: Set<string>; fromMs: number; toMs: number }[] = [];
  for (const { fault, fromMs, toMs } of faults) {
    const last = windows.at(-1);
    if (last !== undefined && fromMs <= last.toMs) {
      last.toMs = Math.max(last.toMs, toMs);
      last.names.add(fault);
    } else windows.push({ names: new Set([fault]), fromMs, toMs });
  }
  return windows.map(({ names, fromMs, toMs }) => {
    const [first, ...more] = names;
    return {
      name: windows.length > 4 ? '' : more.length === 0 ? first : `${first} and ${more.length} more`,
      fromMs,
      toMs,
    };
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
