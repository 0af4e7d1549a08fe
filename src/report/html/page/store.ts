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
}

export interface Store {
  readonly data: ReportData;
  readonly view: View;
  set(change: Partial<View>): void;
  /** Told after each change, with what it was. */
  watch(listener: (changed: ReadonlySet<keyof View>) => void): void;
}

/** So many lines a reader can still tell apart. */
const MOST_LINES = 6;

export function createStore(data: ReportData, theme: View['theme']): Store {
  const withCourse = data.columns.flatMap(({ course }, c) => (course === null ? [] : [c]));
  let view: View = {
    selected: new Set(data.columns.slice(0, MOST_LINES).keys()),
    a: withCourse[0] ?? 0,
    b: null,
    fromMs: 0,
    toMs: data.durationMs,
    theme,
  };
  const listeners: ((changed: ReadonlySet<keyof View>) => void)[] = [];
  return {
    data,
    get view() {
      return view;
    },
    set(change) {
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
