import { InvalidArgumentError } from 'commander';
import { strategies } from '../run/lists.ts';
import { nearest } from '../scenario/suggest.ts';

/** A whole number in these limits, written in digits alone. */
export function wholeNumber(min: number, max = Number.POSITIVE_INFINITY): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < min || value > max) {
      const limits = max === Number.POSITIVE_INFINITY ? `of at least ${min}` : `from ${min} to ${max}`;
      throw new InvalidArgumentError(`It must be a whole number ${limits}.`);
    }
    return value;
  };
}

/** A path that is not empty: the folder one is in would be `.`. */
export function folder(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('It must be the path of a folder.');
  return text;
}

/** Strategies by name, separated by commas. */
export function strategyNames(text: string): string[] {
  const known = strategies.map(({ name }) => name);
  const names = text.split(',').map((name) => name.trim());
  for (const [i, name] of names.entries()) {
    if (names.indexOf(name) !== i) throw new InvalidArgumentError(`'${name}' is there twice.`);
    if (known.includes(name)) continue;
    const near = nearest(name, known);
    const hint = near === null ? `There are ${known.join(', ')}.` : `Did you mean '${near}'?`;
    throw new InvalidArgumentError(`There is no strategy '${name}'. ${hint}`);
  }
  return names;
}
