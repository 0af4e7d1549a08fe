import { expect, test } from 'vitest';
import { documentFields, documentSchema } from '../../src/scenario/document.ts';
import { accruals, detectors, metrics, strategies, subsettings } from './vocabulary.ts';

const vocabulary = { strategies, subsettings, accruals, detectors, metrics, readText: () => '' };

test('the schema comes from the forms that read: every key, its doc, what is required', () => {
  const schema = documentSchema(vocabulary) as Record<string, Record<string, unknown>>;
  expect(Object.keys(schema.properties ?? {})).toStrictEqual(Object.keys(documentFields(vocabulary)));
  expect(schema.required).toStrictEqual(['name', 'duration', 'instances', 'load', 'loadBalancer']);
  expect(schema.properties?.seed).toStrictEqual({
    description: 'Replication r, from 0, uses seed + r. Default: 1.',
    type: 'integer',
    minimum: 0,
  });
  expect(schema.additionalProperties).toBe(false);
});

test('distributions refer to themselves, strategies bring their options', () => {
  const text = JSON.stringify(documentSchema(vocabulary));
  expect(text).toContain('"mixture":{"type":"array","items":{"type":"object","properties":{"weight"');
  expect(text).toContain('"of":{"description":"From which distribution.","$ref":"#/definitions/distribution"}');
  expect(text).toContain(
    '"choiceCount":{"description":"Draws. Default: 2.","type":"integer","minimum":2,"maximum":100}',
  );
});
