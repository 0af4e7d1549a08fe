/** The parts of echarts that the page uses, and no others: they are most of the file. */
import {
  BarChart,
  type BarSeriesOption,
  CustomChart,
  type CustomSeriesOption,
  LineChart,
  type LineSeriesOption,
} from 'echarts/charts';
import {
  DataZoomComponent,
  type DataZoomComponentOption,
  GridComponent,
  type GridComponentOption,
  MarkAreaComponent,
  ToolboxComponent,
  type ToolboxComponentOption,
  TooltipComponent,
  type TooltipComponentOption,
} from 'echarts/components';
import { type ComposeOption, use } from 'echarts/core';
import { LabelLayout } from 'echarts/features';
import { SVGRenderer } from 'echarts/renderers';

use([
  BarChart,
  CustomChart,
  LineChart,
  DataZoomComponent,
  GridComponent,
  MarkAreaComponent,
  ToolboxComponent,
  TooltipComponent,
  LabelLayout,
  SVGRenderer,
]);

export type SeriesOption = BarSeriesOption | CustomSeriesOption | LineSeriesOption;
export type ChartOption = ComposeOption<
  SeriesOption | DataZoomComponentOption | GridComponentOption | ToolboxComponentOption | TooltipComponentOption
>;
export { type EChartsType, init } from 'echarts/core';
export type { CustomSeriesOption, LineSeriesOption };
