import { createReading } from './reading.ts';
import { createLocator, decodeSource, type Place } from './source.ts';
import { partOf } from './written.ts';
import { parseYaml } from './yaml.ts';

/** Where the items of a list at the top of a scenario file stand, in their order; none where there is no such list. */
export function itemPlaces(content: string | Uint8Array, key: string): Place[] {
  const source = decodeSource(content);
  if ('problem' in source) return [];
  const written = parseYaml(source.text, createReading());
  const list = written === null ? undefined : partOf(written, key);
  if (list?.kind !== 'list') return [];
  return list.items.map(({ offset }) => createLocator(source.text)(offset));
}
