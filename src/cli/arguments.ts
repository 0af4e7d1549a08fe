import { InvalidArgumentError } from 'commander';
import { type Margin, parseMargin } from '../run/compare/margin.ts';
import { strategies } from '../run/strategies.ts';
import { limits } from '../scenario/limits.ts';
import type { ParamOverride } from '../scenario/param_overrides.ts';
import { parsePolicyLabel, policyLabel, policyName } from '../scenario/policy.ts';
import { idPattern } from '../scenario/scalars.ts';
import { nearest } from '../scenario/suggest.ts';
import { isUnreadable, parseDuration } from '../scenario/units.ts';
import { decimal } from '../scenario/written.ts';
import type { NewWeight } from './pick_command.ts';

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

/** A path that is not empty. */
export function filePath(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('It must be the path of a file.');
  return text;
}

/** A name to save under: part of a path, so of plain characters. */
export function saveName(text: string): string {
  if (isSaveName(text)) return text;
  throw new InvalidArgumentError(
    'It must be a name of letters, digits and . _ -, beginning with a letter or digit, at most 64 long.',
  );
}

/** Whether results can be saved under such a name. */
export function isSaveName(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text);
}

/** Commas, but for those between options. */
const BETWEEN_LABELS = /,(?![^(]*\))/;

/** Strategies as `strategyLabel` has them, separated by commas, of which options have theirs. */
export function strategyLabels(text: string): string[] {
  const labels = text.split(BETWEEN_LABELS).map(strategyLabel);
  const twice = labels.find((label, i) => labels.indexOf(label) !== i);
  if (twice !== undefined) throw new InvalidArgumentError(`'${twice}' is there twice.`);
  return labels;
}

/** One strategy by name, or as results name it, options included: `ring-hash(system=grpc)`. */
export function strategyLabel(text: string): string {
  if (BETWEEN_LABELS.test(text)) throw new InvalidArgumentError('It takes one strategy; ask of one after the other.');
  const policy = parsePolicyLabel(text, 0);
  const name = policy === null ? text.replace(/\(.*$/s, '').trim() : (policyName(policy) ?? '');
  const known = strategies.map((strategy) => strategy.name);
  if (!known.includes(name)) {
    const near = nearest(name, known);
    const hint = near === null ? `There are ${known.join(', ')}.` : `Did you mean '${near}'?`;
    throw new InvalidArgumentError(`There is no strategy '${name}'. ${hint}`);
  }
  if (policy !== null) return policyLabel(policy);
  throw new InvalidArgumentError(
    'It must be NAME or NAME(OPTION=VALUE,...), each option once, such as ring-hash(hashBalanceFactor=125).',
  );
}

/** A time of the run, such as `60s`: milliseconds. */
export function duration(text: string): number {
  const value = parseDuration(text);
  if (!isUnreadable(value)) return value;
  throw new InvalidArgumentError(`It must be ${value.expected}; ${value.fix}.`);
}

/** `PATH=VALUE`; values may have equals signs in them, so the first one counts. One more than those before. */
export function newParams(text: string, before: readonly ParamOverride[] = []): ParamOverride[] {
  const at = text.indexOf('=');
  const path = text.slice(0, at);
  if (at < 1) throw new InvalidArgumentError('It must be PATH=VALUE, such as healthCheck.interval=1s.');
  if (before.some((other) => other.path === path)) throw new InvalidArgumentError(`'${path}' is there twice.`);
  return [...before, { path, value: text.slice(at + 1) }];
}

/** A request by its number. One more than those before. */
export function requestNumbers(text: string, before: readonly number[] = []): number[] {
  return [...before, wholeNumber(0, Number.MAX_SAFE_INTEGER)(text)];
}

/** `ID:WEIGHT`; ids may have colons in them, so the last one counts. One more than those before. */
export function newWeights(text: string, before: readonly NewWeight[] = []): NewWeight[] {
  const [, id = '', written = ''] = /^(.*):([^:]*)$/s.exec(text) ?? [];
  const weight = decimal(written);
  if (!idPattern.test(id) || weight === null || weight < 0 || weight > limits.weight) {
    throw new InvalidArgumentError(`It must be ID:WEIGHT, such as a-1:2, the weight from 0 to ${limits.weight}.`);
  }
  return [...before, { id, weight }];
}

/** One more margin than those before. */
export function newMargins(text: string, before: readonly Margin[] = []): Margin[] {
  const margin = parseMargin(text);
  if (typeof margin === 'string') throw new InvalidArgumentError(margin);
  return [...before, margin];
}

/** One more than those before. */
export function collected(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}
