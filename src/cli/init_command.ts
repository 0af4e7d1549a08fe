import { randomUUID } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { outputError } from '../report/output_error.ts';
import { quoted } from '../report/replay_line.ts';
import { visible } from '../scenario/diagnostics.ts';
import { limits } from '../scenario/limits.ts';
import type { Template } from './choices.ts';
import { statOf } from './stat_of.ts';
import { say, writeOut } from './streams.ts';
import { UsageError } from './usage_error.ts';

export interface InitOptions {
  /** Default: the template's name with `.yaml`, here. `-` is standard output. */
  readonly out?: string | undefined;
  readonly force: boolean;
}

/** The package's own folder: two up, from src/ as from dist/. */
const house = fileURLToPath(new URL('../../', import.meta.url));

/** Writes a commented scenario to begin with. Throws a UsageError rather than write over a file, unless told to. */
export async function initCommand(template: Template, { out, force }: InitOptions): Promise<void> {
  const file = out ?? `${template}.yaml`;
  const text = templateText(template, file);
  if (file === '-') return writeOut([text]);
  writeWhole(file, text, force);
  say(`wrote ${visible(file)}; next: meshtrial run ${visible(quoted(file))}`);
}

/** Named after the file, so that results are too, and pointing to the schema from where it lies. */
function templateText(template: Template, file: string): string {
  const text = readFileSync(join(house, 'scenarios', 'templates', `${template}.yaml`), 'utf8');
  const name = file === '-' ? template : nameFrom(file, template);
  const [, ...lines] = text.split('\n');
  return [...schemaLines(file), ...lines].join('\n').replace(/^name: .*$/m, `name: ${name}`);
}

function nameFrom(file: string, fallback: string): string {
  const name = basename(file)
    .replace(/\.[^.]*$/, '')
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, limits.nameLength);
  // Without quotes null is nothing.
  return name === '' || name === 'null' ? fallback : name;
}

/** The schema lies in the package. Where that is no part of the project the file is in, a path to it would hold on this machine alone. */
function schemaLines(file: string): string[] {
  const schema = join(house, 'schema', 'scenario.schema.json');
  const project = process.cwd();
  const folder = file === '-' ? project : dirname(resolve(file));
  const inProject = [schema, folder].every((path) => !relative(project, path).startsWith('..'));
  if (inProject) {
    const path = relative(folder, schema).split(sep).join('/');
    return [`# yaml-language-server: $schema=${path.startsWith('.') ? path : `./${path}`}`];
  }
  return [
    '# yaml-language-server: $schema=./scenario.schema.json',
    "# (for your editor; 'meshtrial schema scenario > scenario.schema.json' makes that file)",
  ];
}

function writeWhole(file: string, text: string, force: boolean): void {
  const folder = dirname(file);
  if (!statOf(folder)?.isDirectory()) {
    throw new UsageError(
      `cannot write ${visible(file)}: there is no folder ${visible(folder)}; make it, or name another`,
    );
  }
  if (statOf(file)?.isDirectory())
    throw new UsageError(`cannot write ${visible(file)}: it is a folder; name a file in it`);
  const beside = join(folder, `.${basename(file)}.${randomUUID()}`);
  try {
    // `wx` is what makes sure that nothing is overwritten; a few lines are written at once.
    if (!force) writeFileSync(file, text, { flag: 'wx' });
    else {
      writeFileSync(beside, text, { flag: 'wx' });
      renameSync(beside, file);
    }
  } catch (thrown) {
    rmSync(beside, { force: true });
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST') {
      throw new UsageError(`${visible(file)} exists: name another with --out, or overwrite it with --force`);
    }
    throw outputError(visible(file), thrown);
  }
}
