import { limits } from './limits.ts';
import { getOrMake } from './memo.ts';

/** Something wrong at a place in the file. */
export interface Problem {
  readonly offset: number;
  /** What was expected and what was found. */
  readonly message: string;
  /** How to mend it. */
  readonly fix: string;
}

/** One pass over a file and all points of its matrix: collects problems, and reads no part twice. */
export interface Reading {
  /** Notes a problem; returns undefined, which is what a form returns when it has no value. */
  report(offset: number, message: string, fix: string): undefined;
  /**
   * `make()`, but only the first time for this pair of objects; later its value and its problems come from memory. The
   * points of a matrix share whatever an axis does not touch, so a thousand of them cost little more than one, and share
   * their instances too.
   */
  once<T>(by: object, of: object, make: () => T): T;
  /** Runs `make` and hands back its problems instead of keeping them. */
  collect<T>(make: () => T): { readonly value: T; readonly problems: readonly Problem[] };
  /** Counts instances and callers made; false where a scenario asks for too many. */
  afford(count: number): boolean;
  /** Too many problems already: stop. */
  isFull(): boolean;
}

interface Remembered {
  readonly value: unknown;
  readonly problems: readonly Problem[];
}

export function createReading(): Reading {
  const memory = new WeakMap<object, WeakMap<object, Remembered>>();
  let current: Problem[] = [];
  let reported = 0;
  let made = 0;

  const collect = <T>(make: () => T) => {
    const outer = current;
    current = [];
    const value = make();
    const problems = current;
    current = outer;
    return { value, problems };
  };

  return {
    collect,
    report(offset, message, fix) {
      reported++;
      if (current.length < limits.problems) current.push({ offset, message, fix });
      return undefined;
    },
    once<T>(by: object, of: object, make: () => T): T {
      const known = getOrMake(memory, by, () => new WeakMap<object, Remembered>());
      const entry = getOrMake(known, of, () => collect(make));
      for (const problem of entry.problems) if (current.length < limits.problems) current.push(problem);
      // The same pair of objects always stands for the same `make`, so for the same type.
      return entry.value as T;
    },
    afford(count) {
      made += count;
      return made <= limits.made;
    },
    isFull: () => reported >= limits.problems,
  };
}
