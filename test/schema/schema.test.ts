import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { schemas } from '../../src/cli/choices.ts';
import { schemaText } from '../../src/cli/schema_command.ts';
import { everySchema, schemaFaults, violations } from '../helpers/json_schema.ts';

const house = fileURLToPath(new URL('../../', import.meta.url));
const scenarios = readdirSync(join(house, 'scenarios')).filter((file) => file.endsWith('.yaml'));
const scenarioSchema = JSON.parse(schemaText('scenario'));

describe.each(schemas)('schema/%s.schema.json', (which) => {
  it('is fresh; if not: npm run schema', () => {
    expect(readFileSync(join(house, 'schema', `${which}.schema.json`), 'utf8')).toBe(schemaText(which));
  });

  it('is draft-07, and refers to nothing that is not there', () => {
    const schema = JSON.parse(schemaText(which));
    expect(schema.$schema).toBe('http://json-schema.org/draft-07/schema#');
    expect(schemaFaults(schema)).toEqual([]);
    for (const { $ref } of everySchema(schema)) {
      if ($ref !== undefined) expect(Object.keys(schema.definitions)).toContain(String($ref).split('/').at(-1));
    }
  });
});

describe.each(scenarios)('scenarios/%s', (file) => {
  const text = readFileSync(join(house, 'scenarios', file), 'utf8');

  it('names the schema on line 1', () => {
    const [line] = text.split('\n');
    expect(line).toBe('# yaml-language-server: $schema=../schema/scenario.schema.json');
    expect(existsSync(join(house, 'scenarios', '../schema/scenario.schema.json'))).toBe(true);
  });

  it('is what the schema allows', () => {
    expect(violations(scenarioSchema, parse(text))).toEqual([]);
  });
});
