import { describe, expect, it } from 'vitest';
import { borrowedLines, strategyLines } from '../../src/cli/list_text.ts';
import { accruals, detectors, strategies, subsettings } from '../../src/run/lists.ts';

const pieces: readonly (readonly [string, (width: number) => string[]])[] = [
  ...strategies.map((each) => [each.name, (width: number) => strategyLines(each, width)] as const),
  ...subsettings.map((each) => [`subsetting ${each.name}`, (width: number) => borrowedLines(each, width)] as const),
  ...accruals.map((each) => [`accrual ${each.name}`, (width: number) => borrowedLines(each, width)] as const),
  ...detectors.map((each) => [`detector ${each.name}`, (width: number) => borrowedLines(each, width)] as const),
];

describe('what can be listed', () => {
  it.each(pieces)('%s fits a line of any terminal, and says no less on a narrow one', (_, linesAt) => {
    const words = (width: number) => linesAt(width).join(' ').split(/\s+/).join(' ');
    for (const width of [80, 120]) {
      for (const line of linesAt(width)) {
        expect(line.length, line).toBeLessThanOrEqual(width);
        expect(line, 'an end that shows').toBe(line.trimEnd());
      }
    }
    expect(words(80)).toBe(words(120));
    expect(linesAt(120).length).toBeLessThanOrEqual(linesAt(80).length);
  });

  it.each(strategies.map((each) => [each.name, each] as const))(
    '%s with all its options and variants',
    (_, strategy) => {
      const text = strategyLines(strategy, 120).join(' ').replace(/\s+/g, ' ');
      expect(text).toContain(strategy.doc);
      for (const [name, { doc }] of Object.entries(strategy.options)) {
        expect(text).toContain(` ${name} `);
        expect(text).toContain(doc);
      }
      for (const { system, source, traits } of strategy.variants) {
        expect(text).toContain(system);
        expect(text).toContain(`; ${traits.cost} a pick ${source}`);
      }
    },
  );

  it('options with their limits and defaults, and variants, as they would be written', () => {
    const lines = strategyLines(
      {
        name: 'some',
        doc: 'What it does.',
        options: {
          decay: { type: 'duration', min: 0, default: 30, doc: 'How long.' },
          a: { type: 'choice', values: ['x', 'y'], doc: 'Which.' },
        },
        variants: [
          { when: {}, system: 'One', source: 'one.c', traits: { cost: 'O(1)' } },
          { when: { a: 'y', decay: 1000 }, system: 'Two', source: 'two.c', traits: { cost: 'O(n)' } },
          { when: { decay: 5 }, fits: () => true, system: 'Three', source: 'three.c', traits: { cost: 'O(n)' } },
        ],
      } as never,
      80,
    );
    expect(lines.join('\n')).toBe(`some
  What it does.
  options
    decay  duration of at least 0s; default 30ms
           How long.
    a      x | y; required
           Which.
  as in
    One
      by default; O(1) a pick
      one.c
    Two
      { a: y, decay: 1s }; O(n) a pick
      two.c
    Three
      such as { decay: 5ms }; O(n) a pick
      three.c`);
  });
});
