import { someColumns } from '../../label.ts';
import { quoted } from '../../replay_line.ts';
import type { ColumnData, ReportData } from '../report_data.ts';

/** Which runs are shown, and why those. */
export function runNote({ columns, seeds, shown, file }: ReportData, isCommon: boolean): string {
  const withCourse = columns.filter(({ course }) => course !== null);
  if (withCourse.length === 0) return 'series.csv has no run to show.';
  if (isCommon) return `The run of seed ${shown.common} of every strategy.`;
  const told = [...new Set(withCourse.map(({ course }) => course?.seed))];
  const one = told.length === 1 ? `The run of seed ${told[0]}` : `Runs of seeds ${told.join(', ')}`;
  if (shown.asked !== null) {
    const without = columns.filter(({ course }) => course === null);
    return without.length === 0 ? `${one}.` : `${one}; series.csv has none of ${someColumns(without)}.`;
  }
  if (seeds.length === 1) return `${one}.`;
  const others = withCourse.filter(({ course, median }) => course?.seed !== median.seed);
  if (others.length > 0) {
    const which = others.length === columns.length ? 'medians' : `the median of ${someColumns(others)}`;
    return `${one}: the first there is, since ${which} by drain ${others.length === 1 ? 'is' : 'are'} not recorded; 'meshtrial run ${quoted(file)} --html' does.`;
  }
  const by = byText(withCourse);
  if (told.length === 1) return `${one}${by === null ? '' : `, the median of ${seeds.length} by ${by}`}.`;
  return `Of each strategy the run that is its median${by === null ? '' : ` by ${by}`}, seeds ${told.join(', ')}.`;
}

/** The metric that runs are the median by; null where there are several, or none. */
function byText(columns: readonly ColumnData[]): string | null {
  const all = new Set(columns.map(({ median }) => median.by));
  const [only] = all;
  return all.size === 1 ? (only ?? null) : null;
}
