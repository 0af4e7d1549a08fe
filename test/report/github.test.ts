import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { annotationLine, studyMarkdown, thresholdAnnotations } from '../../src/report/github.ts';
import { type FakeThreshold, fakeScenario } from '../helpers/fake_report.ts';
import { fakeStudy } from '../helpers/fake_study.ts';

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

const limit: FakeThreshold = {
  ...{ expression: 'latency.p99 < 500ms', metric: 'latency.p99', operator: '<', limit: 500 },
};

describe('thresholds that failed', () => {
  it('have an annotation each, at its own line and of its own columns, two of one expression too', async () => {
    const columns = ['ring', 'random', 'maglev'].map((strategy) => ({ strategy }));
    const of = (strategy: string): FakeThreshold => ({ ...limit, strategies: [strategy] });
    const thresholds = [of('maglev'), of('random'), { ...limit, limit: 1e9, expression: 'loose' }, of('ring')];
    const scenario = fakeScenario(columns, { thresholds });
    const study = await fakeStudy(scenario, (strategy) => ({ p99: strategy === 'maglev' ? 1 : 501 }));
    const annotations = thresholdAnnotations(study, { file: 'a.yaml', strict: false, lineOf: (place) => 10 + place });
    expect(annotations).toMatchObject([
      {
        line: 11,
        title: 'fake: latency.p99 < 500ms failed',
        message: expect.stringMatching(/^ +FAIL .* random [^\n]*$/),
      },
      {
        line: 13,
        title: 'fake: latency.p99 < 500ms failed',
        message: expect.stringMatching(/^ +FAIL .* ring [^\n]*$/),
      },
    ]);
  });
});

describe('the summary of a step', () => {
  it('does not say that thresholds hold that are inconclusive, and names no files', async () => {
    const scenario = fakeScenario([{ strategy: 'ring' }], { replications: 3, thresholds: [limit] });
    const text = studyMarkdown(await fakeStudy(scenario, (_, seed) => ({ p99: 450 + 40 * (seed % 3) })));
    expect(text).toMatch(/^### fake: thresholds: 1 of 1 inconclusive\n/);
    expect(text).not.toContain('written to');
    const none = studyMarkdown(await fakeStudy(scenario, () => ({ p99: null })));
    expect(none).toMatch(/^### fake: thresholds: 1 of 1 failed\n/);
    expect(none).toContain('| not measured |');
  });
});
