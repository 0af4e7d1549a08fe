import type { ChartOption, EChartsType } from './echarts.ts';

/** What the pointer reads off a picture. */
export interface Readout {
  readonly text: HTMLElement;
  /** Of what is read; of its first line where there are several. */
  readonly place: Place;
  /** Where in the picture, in pixels. */
  readonly x: number;
  readonly y: number;
}

/** What echarts says of a point: which series, which of its data, and those. */
export interface Place {
  readonly seriesIndex: number;
  readonly dataIndex: number;
  readonly value: unknown;
}

export interface Readouts {
  /** The option of a picture, whose readouts are taken note of. */
  watched(option: ChartOption): ChartOption;
  listen(chart: EChartsType): void;
}

/** Who drags chooses a stretch of time, who clicks does not: in pixels. */
const DRAG = 3;

/** Tells of a click on what is being read. */
export function watchReadouts(onClick: (readout: Readout) => void): Readouts {
  let last: Pick<Readout, 'text' | 'place'> | null = null;
  return {
    watched(option) {
      const { tooltip } = option;
      if (tooltip === undefined || Array.isArray(tooltip)) return option;
      const own = tooltip.formatter as unknown as (found: unknown) => HTMLElement;
      const formatter = (found: Place | Place[]) => {
        const text = own(found);
        last = { text, place: Array.isArray(found) ? found[0] : found };
        return text;
      };
      return { ...option, tooltip: { ...tooltip, formatter } } as ChartOption;
    },
    listen(chart) {
      let [downX, downY] = [0, 0];
      chart.on('hideTip', () => {
        last = null;
      });
      chart.getZr().on('mousedown', ({ offsetX, offsetY }) => {
        [downX, downY] = [offsetX, offsetY];
      });
      chart.getZr().on('click', ({ event, offsetX: x, offsetY: y }) => {
        // The second of two shows the whole run.
        if ((event as unknown as MouseEvent).detail > 1) return;
        if (Math.abs(x - downX) > DRAG || Math.abs(y - downY) > DRAG) return;
        // A finger's click is what shows the readout in the first place.
        requestAnimationFrame(() => {
          if (last === null) return;
          onClick({ place: last.place, text: last.text.cloneNode(true) as HTMLElement, x, y });
          chart.dispatchAction({ type: 'hideTip' });
        });
      });
    },
  };
}
