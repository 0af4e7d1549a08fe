import type { Random } from '../../src/core/random.ts';
import { chance, oneOf } from './plain.ts';

/** What a person might write where a number with a unit belongs, from the usual to the absurd. */
const plausible = [
  ...['0', '1', '2', '3', '5', '10', '64', '0.5', '0.1', '1.5', '100', '1000', '0s', '1ms', '5ms', '20ms', '100ms'],
  ...['250ms', '1s', '2s', '5s', '10s', '30s', '1m', '1h', '0%', '1%', '5%', '50%', '100%', '10/s', '50/s', '1/m'],
  ...['true', 'false', 'all', 'a', 'b', 'a-1', 'b-1', 'none', 'http', 'tcp', 'caller', 'ring', 'random', 'maglev'],
];

const absurd = [
  ...['', '~', 'null', '-1', '-0', '1e308', '1e309', '-1e308', '1e-320', 'NaN', '.nan', '.inf', 'Infinity', '0x10'],
  ...['9007199254740993', '18446744073709551616', '4294967295', '4294967296', '2147483648', '1_000', '010', '1,5'],
  ...['1e9s', '0.0000001ms', '31d', '32d', '10000d', '1e15/s', '0/s', '-5s', '1 s', '1sec', '200%', '-1%', '1e400%'],
  ...['__proto__', 'constructor', 'hasOwnProperty', 'toString', '../../etc/passwd', '/dev/zero', '/', '.', '..', '-'],
  ...['<script>', '\u202e', 'é', '\u{1f980}', 'a'.repeat(300), "'", '"', '*a', '&a', '!tag', '%', '@', '`', '#', '?'],
];

export function plausibleScalar(random: Random): string {
  return oneOf(random, plausible);
}

export function absurdScalar(random: Random): string {
  return oneOf(random, absurd);
}

/** A number or unit of the text made another: `250ms` may become `250s`, `2500ms`, `-250ms`. */
export function twistedNumber(text: string, random: Random): string {
  const match = /^(-?[\d.]+)(.*)$/.exec(text);
  if (match === null) return chance(random, 0.5) ? plausibleScalar(random) : absurdScalar(random);
  const [, number, unit] = match;
  const factor = oneOf(random, [0, -1, 0.001, 0.1, 0.5, 0.999, 1.001, 2, 10, 1000, 1e6, 1e12, 1e300]);
  const others = ['', 'ms', 's', 'm', 'h', 'd', '%', '/s', '/m', 'us', 'MiB', 'x'];
  return `${Number(number) * factor}${chance(random, 0.3) ? oneOf(random, others) : unit}`;
}
