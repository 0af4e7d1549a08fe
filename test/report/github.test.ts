import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { annotationLine } from '../../src/report/github.ts';

/** As the runner reads it (actions/runner, ActionCommand.cs): split at `::`, properties at `,` and `=`, then unescaped. */
function parse(line: string) {
  const [, command = '', message = ''] = /^::(.*?)::(.*)$/s.exec(line) ?? [];
  const [level = '', ...rest] = command.split(' ');
  const entries = rest
    .join(' ')
    .split(',')
    .map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]);
  const data = (text: string) => text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%');
  const property = (text: string) => data(text.replaceAll('%3A', ':').replaceAll('%2C', ','));
  return { level, message: data(message), ...Object.fromEntries(entries.map(([key, text]) => [key, property(text)])) };
}

describe('annotations', () => {
  const text = fc.string({ unit: 'binary', maxLength: 30 });
  const nasty = fc.constantFrom('::', 'a,b=c', '%0A', '%25', '\r\n::error::x', '::stop-commands::x', '%3A%');
  const any = fc.oneof(text, nasty);
  test.prop([any, any, any, fc.nat()])(
    'say what they were told to, on one line, whatever it is',
    (file, title, message, line) => {
      const written = annotationLine({ level: 'error', file, title, message, line });
      expect(written).not.toMatch(/[\r\n]/);
      expect(parse(written)).toEqual({ level: 'error', file, title, message, line: String(line) });
    },
  );
});
