import { InvalidArgumentError } from 'commander';
import { strategies } from '../run/lists.ts';
import { nearest } from '../scenario/suggest.ts';

/** A whole number of at least `min`, written in digits alone. */
export function wholeNumber(min: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < min) {
      throw new InvalidArgumentError(`It must be a whole number of at least ${min}.`);
    }
    return value;
  };
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
