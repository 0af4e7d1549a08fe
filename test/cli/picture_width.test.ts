import { expect, it } from 'vitest';
import { pictureWidth } from '../../src/cli/streams.ts';

const terminal = { isTTY: true, columns: 120 };
const utf8 = { LANG: 'en_GB.UTF-8', TERM: 'xterm' };

it.each([
  ['a terminal', terminal, utf8, 120],
  ['a very wide one', { ...terminal, columns: 400 }, utf8, 200],
  ['what is no terminal', { columns: 120 }, utf8, 0],
  ['one of unknown width', { isTTY: true }, utf8, 0],
  ['another locale', terminal, { LANG: 'C' }, 0],
  ['no locale', terminal, {}, 0],
  ['the locale that counts', terminal, { LC_ALL: 'C', LANG: 'en_GB.UTF-8' }, 0],
  ['an empty locale, which does not count', terminal, { LC_ALL: '', LC_CTYPE: 'C.utf8' }, 120],
  ['the console', terminal, { ...utf8, TERM: 'linux' }, 0],
])('the width of a picture on %s', (_, out, env, width) => {
  expect(pictureWidth(out, env)).toBe(width);
});
