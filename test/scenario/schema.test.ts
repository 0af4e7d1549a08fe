import { expect, test } from 'vitest';
import { documentFields, documentSchema } from '../../src/scenario/document.ts';
import { accruals, detectors, metrics, minimal, schemaViolations, strategies, subsettings } from './vocabulary.ts';

const vocabulary = { strategies, subsettings, accruals, detectors, metrics, readText: () => '' };

test('the schema comes from the forms that read: every key, its doc, what is required', () => {
  const schema = documentSchema(vocabulary) as Record<string, Record<string, unknown>>;
  expect(Object.keys(schema.properties ?? {})).toStrictEqual(Object.keys(documentFields(vocabulary)));
  expect(schema.else?.required).toStrictEqual(['name', 'duration', 'instances', 'load', 'loadBalancer']);
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

test.each([
  [{}, []],
  [{ load: '{ arrivals: constant }' }, ['.load: required rate']],
  [{ load: '{ arrivals: constant }', matrix: '{ load.rate: [1/s, 2/s] }' }, []],
  [{ loadBalancer: null, matrix: '{ loadBalancer.policy: [ring] }' }, []],
  [{ loadBalancer: '{ panicThreshold: 50% }' }, ['.loadBalancer: required policy']],
  [{ healthCheck: '{ interval: 1s }' }, ['.healthCheck: none of 4 alternatives']],
  [{ healthCheck: '{ system: envoy, interval: 1s }' }, ['.healthCheck: none of 4 alternatives']],
  [{ loadBalancer: '{ policy: { picky: { bias: 1 } } }' }, ['.loadBalancer.policy: none of 2 alternatives']],
  [{ loadBalancer: '{ policy: { picky: { mode: fast } } }' }, []],
  [{ healthCheck: '{ interval: 1s }', matrix: '{ healthCheck.timeout: [1s] }' }, []],
  [{ healthCheck: '{ system: haproxy }' }, []],
  [{ instances: '[{ count: 1 }]' }, ['.instances[0]: required serviceTime']],
])('required keys are required unless a matrix may set them: %j', (changes, found) => {
  expect(schemaViolations(minimal(changes as Record<string, string | null>))).toEqual(found);
});
