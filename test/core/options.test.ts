import { describe, expect, it } from 'vitest';
import {
  fillDefaults,
  needsText,
  type OptionDescriptor,
  type OptionDescriptors,
  optionDoc,
  optionProblem,
  unreadOptions,
} from '../../src/core/options.ts';

const descriptors = {
  choiceCount: { type: 'integer', doc: 'hosts drawn', default: 2, min: 2, max: 10 },
  decay: { type: 'duration', doc: 'mean lifetime', min: 0 },
  fullScan: { type: 'boolean', doc: 'look at all', default: false },
  hash: { type: 'choice', values: ['xxh64', 'murmur2'], doc: 'which hash', default: 'xxh64' },
  rate: { type: 'share', doc: 'of errors', default: 0.05, min: 0, max: 1 },
} as const satisfies OptionDescriptors;

describe('fillDefaults', () => {
  it('adds what is not written and keeps what is', () => {
    expect(fillDefaults('p', descriptors, { decay: 10, fullScan: true })).toEqual({
      choiceCount: 2,
      decay: 10,
      fullScan: true,
      hash: 'xxh64',
      rate: 0.05,
    });
  });

  it('takes a written false or 0 for what it is', () => {
    const on = { a: { type: 'boolean', doc: '', default: true }, b: { type: 'number', doc: '', default: 1 } } as const;
    expect(fillDefaults('p', on, { a: false, b: 0 })).toEqual({ a: false, b: 0 });
  });

  it('does not change what was written', () => {
    const written = Object.freeze({ decay: 10 });
    fillDefaults('p', descriptors, written);
    expect(written).toEqual({ decay: 10 });
  });

  it.each([
    [{ decay: 1, choicecount: 3 }, "p: unknown option 'choicecount'; it has choiceCount, decay, fullScan, hash, rate"],
    [{ decay: 1, toString: 3 }, "p: unknown option 'toString'"],
    [{}, "p: option 'decay' is required"],
    [{ decay: 1, choiceCount: 1 }, "p: option 'choiceCount' must be at least 2, found 1"],
    [{ decay: 1, choiceCount: 11 }, "p: option 'choiceCount' must be at most 10, found 11"],
    [{ decay: 1, choiceCount: 2.5 }, "p: option 'choiceCount' must be a whole number, found 2.5"],
    [{ decay: '10ms' }, "p: option 'decay' must be a number, found 10ms"],
    [{ decay: Number.NaN }, "p: option 'decay' must be a number, found NaN"],
    [{ decay: -1 }, "p: option 'decay' must be at least 0, found -1"],
    [{ decay: 1, fullScan: 'yes' }, "p: option 'fullScan' must be true or false, found yes"],
    [{ decay: 1, hash: 'crc' }, "p: option 'hash' must be one of xxh64, murmur2, found crc"],
    [{ decay: 1, rate: 5 }, "p: option 'rate' must be at most 1, found 5"],
  ] as const)('refuses %j', (written, message) => {
    expect(() => fillDefaults('p', descriptors, written)).toThrow(RangeError);
    expect(() => fillDefaults('p', descriptors, written)).toThrow(message);
  });

  it('says so where there are no options at all', () => {
    expect(() => fillDefaults('random', {}, { a: 1 })).toThrow("random: unknown option 'a'; it has none");
  });

  it('holds a default to the same rules', () => {
    expect(() => fillDefaults('p', { a: { type: 'integer', doc: '', default: 0.5 } }, {})).toThrow('a whole number');
  });
});

it.each<[OptionDescriptor['type'], number | boolean | string, boolean]>([
  ['number', 0.5, true],
  ['number', true, false],
  ['integer', 3, true],
  ['integer', Infinity, false],
  ['duration', 0, true],
  ['share', 1, true],
  ['boolean', false, true],
  ['boolean', 0, false],
])('optionProblem: %s %s is fine: %s', (type, value, fine) => {
  expect(optionProblem({ type, doc: '', values: [] } as OptionDescriptor, value) === null).toBe(fine);
});

describe('an option that is for some values of others', () => {
  const choosy = {
    way: { type: 'choice', values: ['some', 'all', 'none'], doc: '', default: 'some' },
    rate: { type: 'share', doc: '', default: 0 },
    count: {
      type: 'integer',
      doc: 'How many.',
      default: 2,
      for: [{ way: ['some', 'all'], rate: { above: 0 } }, { way: ['none'] }],
    },
  } as const satisfies OptionDescriptors;

  it.each([
    [{ count: 2 }, ['count']],
    [{ count: 2, rate: 0.1 }, []],
    [{ count: 2, way: 'all' }, ['count']],
    [{ count: 2, way: 'all', rate: 0.1 }, []],
    [{ count: 2, way: 'none' }, []],
    [{ way: 'all', rate: 0 }, []],
  ])('of %j these are not read: %j', (written, unread) => {
    expect(unreadOptions(choosy, written)).toEqual(unread);
  });

  it('says so', () => {
    expect(needsText(choosy.count)).toBe('way: some or all, rate above 0; or way: none');
    expect(optionDoc(choosy.count)).toBe('How many. For way: some or all, rate above 0; or way: none.');
    expect([needsText(choosy.way), optionDoc(descriptors.decay)]).toEqual([null, 'mean lifetime']);
  });
});
