import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Template, templates } from '../../src/cli/choices.ts';
import { initCommand } from '../../src/cli/init_command.ts';
import { readScenarios } from '../../src/cli/read_scenarios.ts';
import { schemaText } from '../../src/cli/schema_command.ts';
import { violations } from '../helpers/json_schema.ts';
import { runMeshtrial } from './meshtrial.ts';

const house = fileURLToPath(new URL('../../', import.meta.url));
const names = Object.keys(templates);
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'meshtrial-init-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const meshtrial = (...args: string[]) => runMeshtrial(folder, args);
const read = (file: string) => readFileSync(join(folder, file), 'utf8');

describe('meshtrial init', () => {
  it('has a template for each file of scenarios/templates', () => {
    const files = readdirSync(join(house, 'scenarios', 'templates'));
    expect(names.map((name) => `${name}.yaml`).toSorted()).toEqual(files.toSorted());
  });

  it.each(names)('%s: a commented scenario that the schema allows, and that runs', async (name) => {
    await initCommand(name as Template, { out: join(folder, `${name}.yaml`), force: false });
    const text = read(`${name}.yaml`);
    expect(text.match(/#/g)?.length).toBeGreaterThan(4);
    expect(violations(JSON.parse(schemaText('scenario')), parse(text))).toEqual([]);
    const run = await meshtrial('run', `${name}.yaml`, '--replications', '1', '--quiet');
    expect(run).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(readdirSync(join(folder, 'results'))).toEqual([name]);
  });

  it('writes minimal where none is named, and never over a file unless told to', async () => {
    writeFileSync(join(folder, 'minimal.yaml'), 'mine\n');
    const refused = await meshtrial('init');
    expect(refused.stderr).toContain('minimal.yaml exists: name another with --out, or overwrite it with --force');
    expect(refused.code).toBe(2);
    expect(read('minimal.yaml')).toBe('mine\n');
    expect(await meshtrial('init', '--force')).toEqual({
      code: 0,
      stdout: '',
      stderr: 'wrote minimal.yaml; next: meshtrial run minimal.yaml\n',
    });
    expect(read('minimal.yaml')).toContain('name: minimal');
    expect(readdirSync(folder)).toEqual(['minimal.yaml']);
  });

  it.each([
    ['My Outage (2).yaml', 'my-outage-2'],
    ['null.yaml', 'outage'],
    ['_.yaml', 'outage'],
    [`${'x'.repeat(80)}.yaml`, 'x'.repeat(64)],
  ])('%s: the scenario is called so too, as far as it can be', async (file, name) => {
    const path = join(folder, file);
    await initCommand('outage', { out: path, force: false });
    expect(read(file)).toContain(`\nname: ${name}\n`);
    expect(readScenarios([path], {})).toEqual([
      expect.objectContaining({ scenario: expect.objectContaining({ name }) }),
    ]);
  });

  it('prints to standard output, and nothing else', async () => {
    const { stdout, stderr } = await meshtrial('init', 'tuning', '--out', '-');
    expect(stderr).toBe('');
    expect(stdout).toContain('name: tuning\n');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('points to the schema in the project, or says how to make it', async () => {
    expect((await meshtrial('init', '--out', '-')).stdout).toMatch(
      /^# yaml-language-server: \$schema=\.\/scenario\.schema\.json\n# .*'meshtrial schema scenario > scenario\.schema\.json'/,
    );
    const { stdout } = await runMeshtrial(house, ['init', '--out', '-']);
    const path = /^# yaml-language-server: \$schema=(.*)\n/.exec(stdout)?.[1] ?? '';
    expect(readFileSync(resolve(house, path), 'utf8')).toBe(schemaText('scenario'));
  });

  it.each([
    ['sub', /^cannot write .*sub: it is a folder/],
    ['no/such.yaml', /^cannot write .*such\.yaml: there is no folder .*no; make it/],
    ['file/such.yaml', /^cannot write .*such\.yaml: there is no folder .*file; make it/],
  ])('says what keeps it from writing %s', async (file, words) => {
    mkdirSync(join(folder, 'sub'));
    writeFileSync(join(folder, 'file'), '');
    await expect(initCommand('minimal', { out: join(folder, file), force: false })).rejects.toThrow(words);
    expect(readdirSync(folder).toSorted()).toEqual(['file', 'sub']);
  });

  it('says which templates there are, and how to run a file whose name a shell would split', async () => {
    expect((await meshtrial('init', 'nope')).stderr).toContain('Allowed choices are minimal, outage,');
    expect((await meshtrial('init', '--out', 'my trial.yaml')).stderr).toContain("next: meshtrial run 'my trial.yaml'");
  });
});
