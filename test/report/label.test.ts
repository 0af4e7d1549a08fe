import { expect, it } from 'vitest';
import { labelText, paramsText, someColumns } from '../../src/report/label.ts';

const label = (params: Record<string, string>) => ({ strategy: 'ring', variant: null, params });

it('shortens parameters to the last two parts of their path, unless two of them end alike', () => {
  expect(labelText(label({}))).toBe('ring');
  expect(labelText(label({ 'load.rate': '9/s', 'healthCheck.interval': '1s' }))).toBe(
    'ring load.rate=9/s, healthCheck.interval=1s',
  );
  const alike = label({ 'healthCheck.timeout': '1s', 'request.timeout': '2s' });
  expect(labelText(alike)).toBe('ring healthCheck.timeout=1s, request.timeout=2s');
  expect(paramsText(label({ 'load.rate': '9/s' }))).toBe('load.rate=9/s');
});

it('says the variant first, and its strategy too', () => {
  expect(labelText({ ...label({}), variant: 'proposed' })).toBe('proposed: ring');
  expect(labelText({ ...label({ 'load.rate': '9/s' }), variant: 'proposed' })).toBe('proposed: ring load.rate=9/s');
});

it('names a few columns and counts many', () => {
  const columns = ['1', '2', '3', '4', '5'].map((seats) => label({ seats }));
  expect(someColumns(columns.slice(0, 2))).toBe('ring seats=1; ring seats=2');
  expect(someColumns(columns)).toBe('5 columns, such as ring seats=1');
});
