import type { ChartOption, EChartsType } from './echarts.ts';
import type { View } from './store.ts';

/** Dragging over a timed picture chooses a stretch of the run; where fingers scroll the page it does not. */
export function takeBrush(chart: EChartsType): void {
  if (!matchMedia('(pointer: fine)').matches) return;
  chart.dispatchAction({ type: 'takeGlobalCursor', key: 'dataZoomSelect', dataZoomSelectActive: true });
}

/** The stretch of the run that timed pictures show. */
export function zoomOf({ fromMs, toMs }: View): ChartOption {
  return {
    dataZoom: [
      {
        type: 'inside',
        filterMode: 'none',
        zoomOnMouseWheel: 'ctrl',
        moveOnMouseMove: false,
        moveOnMouseWheel: false,
        preventDefaultMouseMove: false,
        startValue: fromMs,
        endValue: toMs,
      },
    ],
    // Its select tool is what brushing is; its buttons are out of sight.
    toolbox: { left: -200, feature: { dataZoom: { yAxisIndex: 'none', filterMode: 'none' } } },
  };
}

/** A stretch as somebody drew it, within the run. */
export function clamped(fromMs: number, toMs: number, durationMs: number): Partial<View> {
  const from = Math.max(0, Math.min(fromMs, toMs));
  const to = Math.min(durationMs, Math.max(fromMs, toMs));
  return to - from < 1 ? {} : { fromMs: from, toMs: to };
}
