import { expect, it, test } from 'vitest';
import { SWIM } from '../../src/health/swim/settings.ts';
import { minimal, onlyColumn, problems, unmark, valid } from './vocabulary.ts';

const trial = (changes: Record<string, string>) => onlyColumn(minimal(changes)).trial;

test('without them there are none', () => {
  expect(trial({})).toMatchObject({ heartbeat: null, gossip: null });
});

test('a block of heartbeats names its detector', () => {
  expect(trial({ heartbeat: '{ detector: phi-accrual }' }).heartbeat).toStrictEqual({
    intervalMs: 1000,
    loss: 0,
    detector: { name: 'phi-accrual', options: {} },
  });
  const written = '{ interval: 500ms, loss: 2%, detector: { nfd-e: { slack: 300ms, window: 8 } } }';
  expect(trial({ heartbeat: written }).heartbeat).toStrictEqual({
    intervalMs: 500,
    loss: 0.02,
    detector: { name: 'nfd-e', options: { slack: 300, window: 8 } },
  });
});

test('a block of gossip of nothing is memberlist for a local network', () => {
  expect(trial({ gossip: '{}' }).gossip).toStrictEqual({ settings: SWIM, loss: 0 });
  const written = '{ probeInterval: 2s, probeTimeout: 1s, targets: random, suspicionMaxTimeoutMult: 1, loss: 1% }';
  expect(trial({ gossip: written }).gossip).toStrictEqual({
    settings: { ...SWIM, probeIntervalMs: 2000, probeTimeoutMs: 1000, targets: 'random', suspicionMaxTimeoutMult: 1 },
    loss: 0.01,
  });
});

test('a matrix tries detectors and their options', () => {
  const { columns } = valid(
    minimal({
      heartbeat: '{ detector: { nfd-s: { slack: 1s } } }',
      matrix: '{ heartbeat.detector.nfd-s.slack: [100ms, 1s] }',
    }),
  );
  expect(columns.map((column) => column.trial.heartbeat?.detector.options)).toEqual([{ slack: 100 }, { slack: 1000 }]);
});

test('a group that gossips is of so many at most', () => {
  const of = (callers: number) =>
    problems(
      minimal({ instances: '[{ count: 600, serviceTime: 1ms }]', callers: `{ count: ${callers} }`, gossip: '{}' }),
    );
  expect(of(400)).toEqual([]);
  expect(of(401)[0]?.message).toContain('expected at most 1000 members of the group that gossips, found 1001');
});

it.each([
  ['heartbeat', '{ detector: ‸phi }', "found 'phi'"],
  ['heartbeat', '{ detector: ‸nfd-s }', "expected 'slack' in the options of nfd-s"],
  ['heartbeat', '{ interval: ‸0s, detector: phi-accrual }', 'at least 1ms'],
  ['heartbeat', '{ loss: ‸100%, detector: phi-accrual }', 'at most 99%'],
  ['heartbeat', '‸{ interval: 1s }', "expected 'detector'"],
  ['gossip', '{ probeTimeout: ‸2s }', 'expected probeTimeout to be at most probeInterval, 1s, found 2s'],
  ['gossip', '{ probeInterval: ‸200ms }', 'expected probeTimeout to be at most probeInterval, 200ms, found 500ms'],
  ['gossip', '{ targets: ‸all }', 'round-robin'],
])('%s: %s', (key, written, message) => {
  const { text, places } = unmark(minimal({ [key]: written }));
  const found = problems(text);
  expect(found.map(({ line, column }) => `${line}:${column}`)).toEqual(places);
  expect(found[0]?.message + (found[0]?.fix ?? '')).toContain(message);
});
