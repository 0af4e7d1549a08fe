import { wrap } from '../report/wrap.ts';
import { accruals, detectors, faultDescriptors, faultMoments, metrics, strategies, subsettings } from '../run/lists.ts';
import { fieldReference, typeNotes } from '../scenario/reference.ts';
import type { Listed } from './choices.ts';
import { borrowedLines, optionLines, strategyLines } from './list_text.ts';
import { lineWidth, writeOut } from './streams.ts';

/** Prints what a scenario may say or name. */
export async function listCommand(what: Listed, { json }: { json: boolean }): Promise<void> {
  await writeOut(json ? [`${JSON.stringify(asData[what]())}\n`] : [`${asText[what]().join('\n')}\n`]);
}

const asData: Readonly<Record<Listed, () => unknown>> = {
  strategies: () => strategies.map(({ name, doc, options, variants }) => ({ name, doc, options, variants })),
  subsettings: () =>
    subsettings.map(({ name, doc, system, source, options }) => ({ name, doc, system, source, options })),
  accruals: () => accruals.map(({ name, doc, system, source, options }) => ({ name, doc, system, source, options })),
  detectors: () => detectors.map(({ name, doc, system, source, options }) => ({ name, doc, system, source, options })),
  faults: () => Object.entries(faultDescriptors).map(([kind, descriptor]) => ({ kind, ...descriptor })),
  metrics: () => metrics.map(({ name, unit, better, doc }) => ({ name, unit, better, doc })),
  fields: () => fields(),
};

const asText: Readonly<Record<Listed, () => string[]>> = {
  strategies: () => apart(strategies.map((strategy) => strategyLines(strategy, lineWidth()))),
  subsettings: () => apart(subsettings.map((subsetting) => borrowedLines(subsetting, lineWidth()))),
  accruals: () => apart(accruals.map((accrual) => borrowedLines(accrual, lineWidth()))),
  detectors: () => apart(detectors.map((detector) => borrowedLines(detector, lineWidth()))),
  faults: () => [
    ...Object.entries(faultDescriptors).flatMap(([kind, { doc, options, newRequest, inFlight, probe, atTheEnd }]) => [
      kind,
      ...field('', doc),
      ...field('new request  ', newRequest),
      ...field('in flight    ', inFlight),
      ...field('probe        ', probe),
      ...(atTheEnd === '' ? [] : field('at the end   ', atTheEnd)),
      ...optionLines(options, lineWidth()),
    ]),
    '',
    'when it strikes',
    ...Object.entries(faultMoments).flatMap(([key, doc]) => field(key.padEnd(13), doc)),
  ],
  metrics: () => {
    const widths = {
      name: Math.max(...metrics.map(({ name }) => name.length)),
      unit: Math.max(...metrics.map(({ unit }) => unit.length)),
    };
    return metrics.flatMap(({ name, unit, better, doc }) => {
      const start = `${name.padEnd(widths.name)}  ${unit.padEnd(widths.unit)}  ${betterText[better].padEnd(13)}  `;
      return wrap(doc, lineWidth(), start, ' '.repeat(start.length));
    });
  },
  fields: () => [
    ...Object.entries(typeNotes).flatMap(([type, note]) => wrap(note, lineWidth(), type.padEnd(14), ' '.repeat(14))),
    '',
    ...wrap(
      'In a path N is the place in a list, from 0, NAME a name of your own. A matrix names parameters by these paths.',
      lineWidth(),
      '',
      '',
    ),
    '',
    ...fields().flatMap(({ path, type, required, default: fallback, doc }) => {
      const need = required ? '; required' : fallback === null ? '' : `; default ${fallback}`;
      return [...wrap(type + need, lineWidth(), `${path}  `, '    '), ...field('', doc)];
    }),
  ],
};

/** What a file of measurements says is of no interest here. */
function fields() {
  return fieldReference({ strategies, subsettings, accruals, detectors, metrics, readText: () => '' });
}

const betterText = { lower: 'less is best', higher: 'more is best', neither: '' } as const;

/** With an empty line between each two. */
function apart(blocks: readonly (readonly string[])[]): string[] {
  return blocks.flatMap((lines, i) => (i === 0 ? lines : ['', ...lines]));
}

function field(name: string, text: string): string[] {
  return wrap(text, lineWidth(), `  ${name}`, `  ${' '.repeat(name.length)}`);
}
