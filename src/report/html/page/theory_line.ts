import type { LineSeriesOption } from './echarts.ts';
import type { Key } from './keys.ts';
import type { Palette } from './palette.ts';

/** What theory says lies wide under what was measured, so that both are seen where they agree. */
export function theoryLine(
  name: string,
  data: readonly (readonly [number, number | null])[],
  { theory }: Palette,
): LineSeriesOption {
  return {
    ...{ type: 'line', name, data: data.map(([ms, share]) => [ms, share]), showSymbol: false },
    ...{
      lineStyle: { color: theory, width: 6, opacity: 1 },
      itemStyle: { color: theory },
      emphasis: { disabled: true },
    },
  };
}

/** What its line is called in the legend. */
export function theoryKey({ theory }: Palette, text: string): Key {
  return { mark: { line: theory, type: 'solid', width: 6 }, text };
}
