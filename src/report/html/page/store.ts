import type { ReportData } from '../report_data.ts';

/** What the reader has chosen to see. */
export interface View {
  /** Columns drawn in charts that show several, by their place. */
  readonly selected: ReadonlySet<number>;
  /** The column whose course is shown, and one beside it. */
  readonly a: number;
  readonly b: number | null;
  readonly fromMs: number;
  readonly toMs: number;
  readonly theme: 'light' | 'dark';
  /** Whether each column shows the run of the common seed instead of its own. */
  readonly isCommon: boolean;
}

export interface Store {
  /** With the courses that the view asks for. */
  readonly data: ReportData;
  readonly view: View;
  set(change: Partial<View>): void;
  /** Told after each change, with what it was. */
  watch(listener: (changed: ReadonlySet<keyof View>) => void): void;
}

/** So many lines a reader can still tell apart. */
const MOST_LINES = 6;

export function createStore(data: ReportData, theme: View['theme']): Store {
  const common = {
    ...data,
    columns: data.columns.map((column) => ({ ...column, course: column.commonCourse ?? column.course })),
  };
  const withCourse = data.columns.flatMap(({ course }, c) => (course === null ? [] : [c]));
  let view: View = {
    selected: new Set(data.columns.slice(0, MOST_LINES).keys()),
    a: withCourse[0] ?? 0,
    b: null,
    fromMs: 0,
    toMs: data.durationMs,
    theme,
    isCommon: false,
  };
  const listeners: ((changed: ReadonlySet<keyof View>) => void)[] = [];
  return {
    get data() {
      return view.isCommon ? common : data;
    },
    get view() {
      return view;
    },
    set(asked) {
      // Two that are set beside each other should have met the same requests.
      const beside = asked.b !== undefined && asked.b !== null && view.b === null && data.shown.common !== null;
      const change = beside ? { isCommon: true, ...asked } : asked;
      const keys = Object.keys(change) as (keyof View)[];
      const changed = new Set(keys.filter((key) => view[key] !== change[key]));
      if (changed.size === 0) return;
      view = { ...view, ...change };
      for (const listener of listeners) listener(changed);
    },
    watch(listener) {
      listeners.push(listener);
    },
  };
}
