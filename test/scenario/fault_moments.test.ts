import { describe, expect, it, test } from 'vitest';
import type { FaultConfig } from '../../src/sim/config.ts';
import { minimal, onlyColumn, problems, unmark, valid } from './vocabulary.ts';

const HOUR_MS = 3_600_000;
const scenario = (text: string, more: Record<string, string> = {}) =>
  minimal({
    duration: '10m',
    instances: '[{ count: 7, zones: [a, b], serviceTime: 1ms }]',
    faults: `[${text}]`,
    ...more,
  });
const readFile = (path: string): string => {
  const text = files[path];
  if (text === undefined) throw new Error('no such file');
  return text;
};
const faultsOf = (text: string): readonly FaultConfig[] => onlyColumn(scenario(text), { readFile }).trial.faults;

const files: Record<string, string> = {
  'outages.csv':
    '\uFEFF# recorded in May\r\ninstance,down,cause,up\r\n"a-1",90s,disk,2m\r\n\r\na-2,500,,1500.5\na-1,100s,disk,3m\nb-1,9m,,\na-1,20m,,\n',
  'no-header.csv': 'a-1,1s,2s\n',
  'no-column.csv': 'instance,dwn,up\na-1,1s,2s\n',
  'no-time.csv': 'instance,down,up\na-1,1s,2s\na-1,soon,2s\n',
  'backwards.csv': 'instance,down,up\n# twice\na-1,2s,1s\n',
  'stranger.csv': 'instance,down,up\na-1,1s,2s\na-11,1s,2s\n',
  'nobody.csv': 'instance,down,up\n,1s,2s\n',
  'late.csv': 'instance,down,up\na-1,1h,\n',
  'empty.csv': '# nothing happened\n',
};

describe('a fault strikes', () => {
  const when: [string, string, FaultConfig['when']][] = [
    [
      'again and again',
      'at: 1m, for: 10s, every: 30s, times: 5',
      { kind: 'repeated', atMs: 60_000, forMs: 10_000, everyMs: 30_000, times: 5 },
    ],
    [
      'to the end',
      'at: 1m, for: 10s, every: 30s',
      { kind: 'repeated', atMs: 60_000, forMs: 10_000, everyMs: 30_000, times: Infinity },
    ],
    [
      'by lives from equilibrium',
      'lifetime: { exponential: { mean: 1h } }, repair: 30s, start: stationary',
      {
        kind: 'lifetime',
        lifetime: { kind: 'exponential', meanMs: HOUR_MS },
        start: 'stationary',
        repair: { kind: 'constant', valueMs: 30_000 },
        together: false,
      },
    ],
    [
      'by a constant hazard, all together',
      'hazard: { perHour: 0.5 }, together: true',
      { kind: 'hazard', perMs: { kind: 'constant', value: 0.5 / HOUR_MS }, repair: null, together: true },
    ],
    [
      'by a hazard with a jump',
      'hazard: { points: [[0s, 1], [5m, 1], [5m, 60]] }, repair: 1s',
      {
        kind: 'hazard',
        perMs: {
          kind: 'points',
          points: [
            [0, 1 / HOUR_MS],
            [300_000, 1 / HOUR_MS],
            [300_000, 60 / HOUR_MS],
          ],
        },
        repair: { kind: 'constant', valueMs: 1000 },
        together: false,
      },
    ],
    [
      'by a hazard that swings',
      'hazard: { sine: { mean: 2, amplitude: 1, period: 24h, phase: 6h } }',
      {
        kind: 'hazard',
        perMs: {
          kind: 'sine',
          mean: 2 / HOUR_MS,
          amplitude: 1 / HOUR_MS,
          periodMs: 24 * HOUR_MS,
          phaseMs: 6 * HOUR_MS,
        },
        repair: null,
        together: false,
      },
    ],
    [
      'by ticks',
      'probability: { every: 1m, value: 1% }, repair: 1s',
      {
        kind: 'probability',
        everyMs: 60_000,
        share: { kind: 'constant', value: 0.01 },
        repair: { kind: 'constant', valueMs: 1000 },
        together: false,
      },
    ],
    [
      'by ticks that get worse',
      'probability: { every: 1m, points: [[0s, 1%], [10m, 50%]] }',
      {
        kind: 'probability',
        everyMs: 60_000,
        share: {
          kind: 'points',
          points: [
            [0, 0.01],
            [600_000, 0.5],
          ],
        },
        repair: null,
        together: false,
      },
    ],
    [
      'by overload, with kubelet’s back-off',
      'overload: { queueAbove: 50 }, repair: { backoff: {} }',
      {
        kind: 'overload',
        queueAbove: 50,
        repair: {
          kind: 'backoff',
          initialMs: 10_000,
          factor: 2,
          maxMs: 300_000,
          resetAfterMs: 600_000,
          startup: { kind: 'constant', valueMs: 0 },
        },
      },
    ],
  ];
  for (const [name, text, expected] of when) {
    it(name, () => {
      expect(faultsOf(`{ crash: { zone: a }, ${text} }`)[0].when).toStrictEqual(expected);
    });
  }

  it('as recorded: columns by name, bare milliseconds, outages of one instance united, those after the end kept away', () => {
    expect(faultsOf('{ crash: { instances: all }, trace: { file: outages.csv } }')[0].when).toStrictEqual({
      kind: 'trace',
      outages: [
        { instance: 2, downMs: 500, upMs: 1500.5 },
        { instance: 0, downMs: 90_000, upMs: 180_000 },
        { instance: 1, downMs: 540_000, upMs: Infinity },
        { instance: 0, downMs: 1_200_000, upMs: Infinity },
      ],
    });
  });

  it('a share of all, rounded, at least one; failing checks wholly where nothing is said', () => {
    const targets = ['30%', '50%', '1%', '100%'].map(
      (share) => faultsOf(`{ failing-checks: { share: ${share} }, at: 1s }`)[0],
    );
    expect(targets.map(({ target }) => target)).toEqual([2, 4, 1, 7].map((count) => ({ kind: 'count', count })));
    expect(targets[0].action).toEqual({ kind: 'failing-checks', rate: 1 });
  });

  it('by a matrix: every part has a path', () => {
    const faults =
      '{ crash: { share: 30% }, lifetime: 1h, repair: { backoff: { initial: 5s } } }, { crash: { zone: a }, hazard: { perHour: 1 } }';
    const matrix =
      '{ faults.0.crash.share: [10%, 20%], faults.0.repair.backoff.initial: [1s, 2s], faults.1.hazard.perHour: [1, 2] }';
    const { columns } = valid(scenario(faults, { matrix }));
    expect(columns).toHaveLength(8);
    expect(columns[7].trial.faults.map(({ when }) => when)).toMatchObject([
      { repair: { initialMs: 2000 } },
      { perMs: { value: 2 / HOUR_MS } },
    ]);
  });
});

describe('what is wrong is said where it is', () => {
  const trace = (file: string) => `{ crash: { instances: all }, trace: { file: ‸${file} } }`;
  const cases: [string, string, string][] = [
    ['no such moment', '{ crash: { zone: a }, ‸hazzard: { perHour: 1 } }', "did you mean 'hazard'?"],
    ['no such curve', '{ crash: { zone: a }, hazard: { ‸perHuor: 1 } }', "did you mean 'perHour'?"],
    [
      'two curves',
      '{ crash: { zone: a }, hazard: { perHour: 1, ‸points: [[0s, 1]] } }',
      'expected one hazard, found 2',
    ],
    ['a hazard below 0', '{ crash: { zone: a }, hazard: { perHour: ‸-1 } }', 'expected at least 0'],
    ['a lonely point', '{ crash: { zone: a }, hazard: { points: [‸1] } }', 'expected a point [time, value], found 1'],
    ['a point of three', '{ crash: { zone: a }, hazard: { points: [‸[0s, 1, 2]] } }', 'found a list of 3'],
    ['a time without unit', '{ crash: { zone: a }, hazard: { points: [[‸5, 1]] } }', 'expected a duration'],
    ['points out of order', '{ crash: { zone: a }, hazard: { points: [[5s, 1], ‸[1s, 2]] } }', 'sort them by time'],
    [
      'a sine below 0',
      '{ crash: { zone: a }, hazard: { sine: { mean: 1, amplitude: ‸2, period: 1h } } }',
      'at most the mean',
    ],
    [
      'a sine above all',
      '{ crash: { zone: a }, probability: { every: 1m, sine: { mean: 60%, amplitude: ‸50%, period: 1h } } }',
      'at most 100%',
    ],
    ['a tick without probability', '{ crash: { zone: a }, probability: ‸{ every: 1m } }', 'add value: 1%'],
    [
      'two probabilities',
      '{ crash: { zone: a }, probability: { every: 1m, value: 1%, ‸points: [[0s, 1%]] } }',
      "found 'points' beside 'value'",
    ],
    ['beyond certain', '{ crash: { zone: a }, probability: { every: 1m, value: ‸120% } }', 'expected at most 100%'],
    [
      'a probability without unit',
      '{ crash: { zone: a }, probability: { every: 1m, value: ‸0.01 } }',
      'expected a share',
    ],
    ['repeats of no length', '{ crash: { zone: a }, at: 1s, ‸every: 1m }', 'add for: 20s'],
    ['repeats that overlap', '{ crash: { zone: a }, at: 1s, for: 2m, every: ‸1m }', "longer than 'for'"],
    ['times of what', '{ crash: { zone: a }, at: 1s, for: 1s, ‸times: 3 }', 'add every: 1m'],
    [
      'repeats after the end',
      '{ crash: { zone: a }, at: ‸10m, for: 1s, every: 1m }',
      'expected the fault to begin before the end',
    ],
    ['stationary for ever', '{ crash: { zone: a }, lifetime: 1h, start: ‸stationary }', 'add repair: 30s'],
    [
      'a stationary back-off',
      '{ crash: { zone: a }, lifetime: 1h, repair: { backoff: {} }, start: ‸stationary }',
      'found a back-off',
    ],
    [
      'a stationary hazard',
      '{ crash: { zone: a }, hazard: { perHour: 1 }, ‸start: stationary }',
      "'start' beside lifetime only",
    ],
    [
      'scheduled together',
      '{ crash: { zone: a }, at: 1s, ‸together: true }',
      "'together' beside lifetime, probability, hazard only",
    ],
    ['no such repair', '{ crash: { zone: a }, lifetime: 1h, repair: { ‸backof: {} } }', "did you mean 'backoff'?"],
    ['a back-off as a word', '{ crash: { zone: a }, lifetime: 1h, repair: ‸backoff }', 'expected a duration'],
    [
      'a back-off that shrinks',
      '{ crash: { zone: a }, lifetime: 1h, repair: { backoff: { factor: ‸0.5 } } }',
      'expected at least 1',
    ],
    [
      'a back-off above its end',
      '{ crash: { zone: a }, lifetime: 1h, repair: { backoff: { initial: 10s, max: ‸5s } } }',
      'max to be at least initial',
    ],
    ['a hang by overload', '{ hang: { zone: a }, ‸overload: { queueAbove: 5 } }', 'write crash'],
    ['an overload without measure', '{ crash: { zone: a }, overload: ‸{} }', "expected 'queueAbove'"],
    ['a restart by hazard', '{ restart: { zone: a, down: 1s }, ‸hazard: { perHour: 1 } }', "write 'at' instead"],
    ['two targets', '{ crash: { zone: a, ‸share: 10% }, at: 1s }', "found 'share' beside 'zone'"],
    ['a share of nobody', '{ crash: { share: ‸0% }, at: 1s }', 'expected more than 0%'],
    [
      'a trace and a repair',
      '{ crash: { zone: a }, trace: { file: outages.csv }, ‸repair: 1s }',
      "found it beside 'trace'",
    ],
    ['no such file', trace('nowhere.csv'), "found 'nowhere.csv': no such file"],
    ['a trace without heading', trace('no-header.csv'), "expected a column 'instance' on line 1 of 'no-header.csv'"],
    ['a misspelt column', trace('no-column.csv'), "did you mean 'dwn'?"],
    ['a time that is none', trace('no-time.csv'), "on line 3 of 'no-time.csv', found 'soon'"],
    ['up before down', trace('backwards.csv'), "on line 3 of 'backwards.csv', found '2s' and '1s'"],
    ['an instance there is not', trace('stranger.csv'), "on line 3 of 'stranger.csv', found 'a-11'"],
    ['nobody', trace('nobody.csv'), "on line 2 of 'nobody.csv', found nothing"],
    ['an empty trace', trace('empty.csv'), 'expected outages in'],
    [
      'runaway lives',
      '‸{ crash: { instances: all }, lifetime: 1us, repair: 1us }',
      'expected at most 10000000 failures and ticks',
    ],
    ['a runaway hazard', '‸{ crash: { instances: all }, hazard: { perHour: 1000000000 } }', 'failures and ticks'],
    ['runaway repeats', '‸{ crash: { zone: a }, at: 1s, for: 10ns, every: 20ns }', 'failures and ticks'],
  ];
  test.for(cases)('%s', ([, marked, expected]) => {
    const { text, places } = unmark(scenario(marked));
    const found = problems(text, { readFile });
    expect(found.map(({ line, column }) => `${line}:${column}`)).toStrictEqual(places);
    expect(found.map(({ message, fix }) => `${message} (${fix})`).join()).toContain(expected);
  });

  it('a trace that begins after the end', () => {
    const [problem, ...others] = problems(scenario('{ crash: { zone: a }, trace: { file: late.csv } }'), { readFile });
    expect(others).toEqual([]);
    expect(problem.message).toContain('begin before the end at 10m, found 1h');
  });

  it('faults that are too many only together', () => {
    const one = '{ crash: { instances: [a-1] }, at: 1s, for: 40us, every: 80us }';
    expect(problems(scenario(one))).toEqual([]);
    expect(problems(scenario(`${one}, ${one}`)).map(({ message }) => message)).toEqual([
      'expected at most 10000000 failures and ticks of faults in a run, found more',
    ]);
  });
});
