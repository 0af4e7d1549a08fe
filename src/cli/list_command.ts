import type { OptionDescriptor, OptionDescriptors, WrittenOptions } from '../core/options.ts';
import { humanMs } from '../report/units.ts';
import { wrap } from '../report/wrap.ts';
import { faultDescriptors, metrics, strategies } from '../run/lists.ts';
import { fieldReference, typeNotes } from '../scenario/reference.ts';
import { lineWidth, writeOut } from './streams.ts';

export const listed = ['strategies', 'faults', 'metrics', 'fields'] as const;
export type Listed = (typeof listed)[number];

/** Prints what a scenario may say or name. */
export async function listCommand(what: Listed, { json }: { json: boolean }): Promise<void> {
  await writeOut(json ? [`${JSON.stringify(asData[what]())}\n`] : [`${asText[what]().join('\n')}\n`]);
}

const asData: Readonly<Record<Listed, () => unknown>> = {
  strategies: () => strategies.map(({ name, doc, options, variants }) => ({ name, doc, options, variants })),
  faults: () => Object.entries(faultDescriptors).map(([kind, descriptor]) => ({ kind, ...descriptor })),
  metrics: () => metrics.map(({ name, unit, better, doc }) => ({ name, unit, better, doc })),
  fields: () => fields(),
};

const asText: Readonly<Record<Listed, () => string[]>> = {
  strategies: () =>
    strategies.flatMap(({ name, doc, options, variants }) => [
      name,
      ...field('', doc),
      ...optionLines(options),
      ...variants.flatMap(({ when, system, source, traits }) => [
        ...field('as      ', `${system}${whenText(when)}: ${traits.cost} a pick; ${source}`),
      ]),
    ]),
  faults: () =>
    Object.entries(faultDescriptors).flatMap(([kind, { doc, options, newRequest, inFlight, probe, atTheEnd }]) => [
      kind,
      ...field('', doc),
      ...field('new request  ', newRequest),
      ...field('in flight    ', inFlight),
      ...field('probe        ', probe),
      ...(atTheEnd === '' ? [] : field('at the end   ', atTheEnd)),
      ...optionLines(options),
    ]),
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
      'In a path N is the place in a list, from 0. A matrix names parameters by these paths.',
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
  return fieldReference({ strategies, metrics, readText: () => '' });
}

const betterText = { lower: 'less is best', higher: 'more is best', neither: '' } as const;

/** How a variant is asked for, as ` with algorithm: edf`; nothing for the defaults. */
function whenText(when: WrittenOptions): string {
  const written = Object.entries(when).map(([name, value]) => `${name}: ${value}`);
  return written.length === 0 ? '' : ` with ${written.join(', ')}`;
}

function optionLines(options: OptionDescriptors): string[] {
  return Object.entries(options).flatMap(([name, descriptor]) =>
    field('option  ', `${name} (${optionType(descriptor)}): ${descriptor.doc}`),
  );
}

function optionType(descriptor: OptionDescriptor): string {
  const type = descriptor.type === 'choice' ? descriptor.values.join(' | ') : descriptor.type;
  const fallback = descriptor.default;
  return `${type}, ${fallback === undefined ? 'required' : `default ${optionText(descriptor, fallback)}`}`;
}

/** A value as it would be written in a scenario. */
function optionText({ type }: OptionDescriptor, value: number | boolean | string): string {
  if (typeof value !== 'number') return String(value);
  if (type === 'duration') return humanMs(value).replace(' ', '');
  return type === 'share' ? `${Number((value * 100).toPrecision(9))}%` : String(value);
}

function field(name: string, text: string): string[] {
  return wrap(text, lineWidth(), `  ${name}`, `  ${' '.repeat(name.length)}`);
}
