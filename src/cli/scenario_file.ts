import { limits } from '../scenario/limits.ts';
import { readUpTo } from './read_up_to.ts';
import { statOf } from './stat_of.ts';

/**
 * The file of the scenario of that name, seen from here: results hold no paths, so it is looked for where it usually is.
 * null where it is not there.
 */
export function scenarioFileOf(name: string): string | null {
  const places = ['', 'scenarios/'].flatMap((folder) => [`${folder}${name}.yaml`, `${folder}${name}.yml`]);
  return places.find((file) => statOf(file)?.isFile() && saysName(file, name)) ?? null;
}

function saysName(file: string, name: string): boolean {
  const text = new TextDecoder().decode(readUpTo(file, limits.fileLength));
  return text.split('\n').some((line) => /^name: *["']?([a-z0-9-]+)/.exec(line)?.[1] === name);
}
