import { type OptionDescriptors, optionDoc, type WrittenOptions } from '../core/options.ts';
import { wrap } from '../report/wrap.ts';
import type { accruals, detectors, strategies, subsettings } from '../run/lists.ts';
import { optionReference, optionText } from '../scenario/policy.ts';

type Strategy = (typeof strategies)[number];
/** What is as in one system. */
type Borrowed = (typeof subsettings)[number] | (typeof accruals)[number] | (typeof detectors)[number];

/** What a strategy does, its options, and whose it is in which variant, in lines of `width` characters. */
export function strategyLines({ name, doc, options, variants }: Strategy, width: number): string[] {
  return [
    name,
    ...wrap(doc, width, '  ', '  '),
    ...optionLines(options, width),
    '  as in',
    ...variants.flatMap(({ when, fits, system, source, traits }) => [
      ...wrap(system, width, '    ', '      '),
      ...wrap(
        `${fits === undefined ? '' : 'such as '}${whenText(when, options)}; ${traits.cost} a pick`,
        width,
        '      ',
        '      ',
      ),
      ...wrap(source, width, '      ', '      '),
    ]),
  ];
}

/** What a kind of subsetting, of failure accrual or of heartbeat detector does, its options, and whose it is. */
export function borrowedLines({ name, doc, options, system, source }: Borrowed, width: number): string[] {
  return [
    name,
    ...wrap(doc, width, '  ', '  '),
    ...optionLines(options, width),
    '  as in',
    ...wrap(system, width, '    ', '      '),
    ...wrap(source, width, '      ', '      '),
  ];
}

/** Options under one another, what they do beside their names. Nothing where there are none. */
export function optionLines(options: OptionDescriptors, width: number): string[] {
  const entries = Object.entries(options);
  if (entries.length === 0) return [];
  const column = Math.max(...entries.map(([name]) => name.length));
  const hanging = ' '.repeat(4 + column + 2);
  return [
    '  options',
    ...entries.flatMap(([name, descriptor]) => {
      const { type, default: fallback } = optionReference(name, descriptor);
      const start = `    ${name.padEnd(column)}  `;
      const need = fallback === null ? 'required' : `default ${fallback}`;
      return [
        ...wrap(`${type}; ${need}`, width, start, hanging),
        ...wrap(optionDoc(descriptor), width, hanging, hanging),
      ];
    }),
  ];
}

/** How a variant is asked for, as it would be written: `{ algorithm: edf }`. */
function whenText(when: WrittenOptions, options: OptionDescriptors): string {
  const written = Object.entries(when).map(([name, value]) => {
    const descriptor = options[name];
    return `${name}: ${descriptor === undefined ? value : optionText(descriptor.type, value)}`;
  });
  return written.length === 0 ? 'by default' : `{ ${written.join(', ')} }`;
}
