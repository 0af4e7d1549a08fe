import { afterAll, describe, expect, test } from 'vitest';
import { expectProblems, type WrongRow } from './marked_problems.ts';
import { minimal, problems, schemaViolations, unmark, valid } from './vocabulary.ts';

/** Half of what is wrong is wrong between fields, or in a quantity's size, of which a schema knows nothing. How many of the invalid scenarios here, and how many of them an editor marks by the schema. */
const bySchema = { invalid: 0, refused: 0 };

afterAll(() => expect(bySchema.refused / bySchema.invalid, 'share that the schema refuses').toBeGreaterThan(0.45));

function holdAgainstSchema(text: string): void {
  try {
    if (schemaViolations(text).length > 0) bySchema.refused++;
    bySchema.invalid++;
  } catch {
    // No YAML: an editor says so without a schema.
  }
}

/** `‸` marks where each problem is to be found; after it come, for each, words of its message or fix. */
function check(rows: readonly WrongRow[]): void {
  test.each(rows)('%s', (_, changes, ...said) => {
    holdAgainstSchema(expectProblems(minimal(changes), said));
  });
}

describe('keys', () => {
  check([
    ['unknown', { '‸colour': 'red' }, "expected a key of a scenario, found 'colour'; known: name, description"],
    ['misspelt', { '‸helthCheck': '{}' }, "did you mean 'healthCheck'?"],
    ['of objects', { '‸__proto__': '{}', '‸constructor': '1' }, "found '__proto__'", "found 'constructor'"],
    ['merged', { '‸<<': '{ seed: 1 }' }, 'merge keys are not supported'],
    ['repeated', { seed: '1\n‸seed: 2' }, "expected each key once, found 'seed' again; keep one"],
    ['not words', { '‸[a]': '1' }, 'expected a word as key'],
    ['missing', { load: '‸{ arrivals: constant }' }, "expected 'rate' in a load, found no such key; add rate: 2000/s"],
    ['misspelt are not missing too', { load: '{ ‸rates: 1/s }' }, "did you mean 'rate'?"],
    ['without value', { '‸callers': '' }, 'expected a block of callers, found nothing'],
    ['null', { callers: '‸~' }, 'expected a block of callers, found nothing'],
  ]);

  test('all that are required, at once, at the first key', () => {
    const found = problems('seed: 1\n');
    expect(found.map(({ line, column }) => `${line}:${column}`)).toStrictEqual(Array(5).fill('1:1'));
    expect(found.map(({ message }) => /'(\w+)'/.exec(message)?.[1])).toStrictEqual(
      'name duration instances load loadBalancer'.split(' '),
    );
  });
});

describe('quantities', () => {
  check([
    [
      'duration without unit',
      { duration: '‸2' },
      'expected a duration such as 250ms or 2s, found 2; give it a unit: write 2s or 2ms',
    ],
    ['duration of 0', { warmup: '‸0' }, 'write 0s'],
    ['duration that must be above 0', { duration: '‸0s' }, "expected more than 0s, found '0s'"],
    ['negative duration', { warmup: '‸-1s' }, 'a duration cannot be negative'],
    ['endless duration', { warmup: '‸99999999d' }, "expected at most 10000d, found '99999999d'"],
    [
      'run whose figures by the second would not fit in memory',
      { duration: '‸1000d' },
      "expected at most 31d, since figures are kept for every second of a run, found '1000d'; write 31d or less",
    ],
    ['run of a moment more', { duration: '‸31d1s' }, 'expected at most 31d, since'],
    ['rate without unit', { load: '{ rate: ‸2000 }' }, 'write 2000/s'],
    ['rate of 0', { load: '{ rate: ‸0/s }' }, 'expected more than 0/s'],
    ['share without unit', { loadBalancer: '{ policy: random, panicThreshold: ‸0.5 }' }, 'write 50%'],
    ['share above 1', { loadBalancer: '{ policy: random, panicThreshold: ‸101% }' }, 'expected at most 100%'],
    ['a list', { duration: '‸[2s]' }, 'found a list'],
    ['a block', { duration: '‸{ s: 2 }' }, 'found a block of keys'],
    ['number in quotes', { seed: "‸'42'" }, "expected a whole number without quotes, found '42'; remove the quotes"],
    ['fraction', { seed: '‸1.5' }, 'expected a whole number, found 1.5; write 1 or 2'],
    ['negative seed', { seed: '‸-1' }, 'expected at least 0, found -1'],
    ['number beyond doubles', { seed: '‸9007199254740993' }, 'expected at most 9007199254740991'],
    ['last seed beyond doubles', { seed: '‸9007199254740991', replications: '2' }, 'expected the last seed'],
    ['infinite', { replications: '‸.inf' }, 'write a finite number'],
    ['not a number', { replications: '‸.nan' }, 'write a finite number'],
    ['too large for a double', { replications: '‸1e999' }, 'write a finite number'],
    ['hexadecimal', { seed: '‸0x10' }, 'write it in decimal'],
    ['octal', { seed: '‸0o17' }, 'write it in decimal'],
    ['leading zero', { seed: '‸010' }, 'write it in decimal, without leading zeros'],
    ['underscores', { replications: '‸1_000' }, 'write 1000'],
    ['too many replications', { replications: '‸10001' }, 'expected at most 10000, found 10001'],
    ['more requests than anybody waits for', { load: '‸{ rate: 200M/s }' }, 'expected at most 1000000000 requests'],
  ]);
});

describe('words', () => {
  check([
    ['name with capitals', { name: '‸Zone' }, 'expected a name of lower-case letters'],
    ['name of a parent folder', { name: '‸..' }, 'expected a name of lower-case letters'],
    ['long name', { name: `‸${'a'.repeat(65)}` }, 'at most 64 characters'],
    ['control characters by escape', { description: '‸"\\e[31m"' }, 'expected text without control characters'],
    [
      'choice',
      { load: '{ rate: 1/s, arrivals: ‸possion }' },
      "one of poisson, constant, found 'possion'; did you mean 'poisson'?",
    ],
    ['truth in other words', { faults: '[{ errors: { count: 1, rate: 1%, probes: ‸yes }, at: 1s }]' }, 'write true'],
    ['tag', { name: '!!js/function ‸x' }, "expected no tags, found 'tag:yaml.org,2002:js/function'"],
    ['alias of nothing', { name: '‸*x' }, "expected the name of an anchor defined above, found '*x'"],
    ['alias of itself', { callers: '&c { count: ‸*c }' }, 'anchor defined above'],
  ]);
});

describe('between fields', () => {
  const group = (text: string) => ({ instances: `[${text}]` });
  check([
    ['warm-up as long as the run', { warmup: '‸10s' }, 'expected warmup to end before the duration of 10s'],
    ['count and ids that differ', group('{ count: ‸3, ids: [x, y], serviceTime: 1ms }'), 'found 3 and 2 ids'],
    ['neither count nor ids', group('‸{ serviceTime: 1ms }'), "expected 'count' or 'ids'"],
    ['zone and zones', group('{ count: 1, zone: a, ‸zones: [b], serviceTime: 1ms }'), "'zone' or 'zones', found both"],
    ['zone twice', group('{ count: 1, zones: [a, ‸a], serviceTime: 1ms }'), "expected each zone once, found 'a' again"],
    [
      'addresses too few',
      group('{ count: 2, addresses: ‸[h:1], serviceTime: 1ms }'),
      'one address for each of 2 instances, found 1',
    ],
    ['address without port', group('{ count: 1, addresses: [‸localhost], serviceTime: 1ms }'), 'write host:port'],
    [
      'address twice',
      group('{ count: 2, addresses: [h:1, ‸h:1], serviceTime: 1ms }'),
      "each address of an instance once, found 'h:1' again",
    ],
    ['id twice', group('{ ids: [x, ‸x], serviceTime: 1ms }'), "each id of an instance once, found 'x' again"],
    [
      'id as made up',
      group('{ count: 1, zone: a, serviceTime: 1ms }, { ids: [‸a-1], serviceTime: 1ms }'),
      "found 'a-1' again",
    ],
    ['neither count nor ids, but nearly', group('{ ‸cuont: 2, serviceTime: 1ms }'), "did you mean 'count'?"],
    [
      'nobody to pick',
      group('{ count: 1, weight: ‸0, serviceTime: 1ms }, { count: 2, weight: 0, serviceTime: 1ms }'),
      'expected an instance of a weight above 0, found none; raise a weight: an instance of weight 0 is never picked',
    ],
    [
      'hardly any weight',
      group('{ count: 1, weight: ‸1e-7, serviceTime: 1ms }'),
      'expected a weight of 0, or of at least 0.000001, found 1e-7; weights only matter relative to each other',
    ],
    ['id of a caller twice', { callers: '{ ids: [x, ‸x] }' }, "expected each id once, found 'x' again"],
    ['no instances', { instances: '‸[]' }, 'expected at least 1 in a list of groups of instances, found 0'],
    [
      'too many instances',
      { instances: '‸[{ count: 60000, serviceTime: 1ms }, { count: 60000, serviceTime: 1ms }]' },
      'at most 100000 instances in all, found 120000',
    ],
    [
      'too many pairs',
      { instances: '[{ count: 10000, serviceTime: 1ms }]', callers: '‸{ count: 1001 }' },
      'each caller keeps its own view',
    ],
    [
      'lease shorter than renewal',
      { registry: '{ ttl: 1s, renewInterval: ‸1s }' },
      'expected renewInterval to be shorter than ttl',
    ],
    [
      'perTryTimeout above timeout',
      { request: '{ timeout: 1s, perTryTimeout: ‸2s }' },
      'at most the timeout of 1s, found 2s',
    ],
    [
      'connectTimeout above perTryTimeout',
      { request: '{ perTryTimeout: 1s, connectTimeout: ‸2s }' },
      'at most the perTryTimeout of 1s',
    ],
    ['connectTimeout above timeout', { request: '{ timeout: 1s, connectTimeout: ‸2s }' }, 'at most the timeout of 1s'],
    ['endless retries', { request: '{ retries: { attempts: ‸11 } }' }, 'expected at most 10'],
    [
      'unknown retry condition',
      { request: '{ retries: { attempts: 1, retryOn: [‸gateway] } }' },
      'one of connect-failure, reset, timeout, 5xx',
    ],
  ]);
});

describe('policies', () => {
  const policy = (text: string) => ({ loadBalancer: `{ policy: ${text} }` });
  check([
    ['none', { loadBalancer: '‸{ panicThreshold: 50% }' }, "expected 'policy' in a load balancer"],
    [
      'unknown',
      policy('‸leest-request'),
      "expected a known strategy, found 'leest-request'; did you mean 'least-request'?",
    ],
    ['of objects', policy('‸constructor'), "found 'constructor'"],
    ['unknown with options', policy('{ ‸leest-request: {} }'), "did you mean 'least-request'?"],
    ['two', policy('{ ring: {}, ‸random: {} }'), "expected one strategy, found 2: 'ring', 'random'"],
    ['unknown option', policy('{ least-request: { ‸choices: 3 } }'), 'expected a key of the options of least-request'],
    ['option out of range', policy('{ least-request: { choiceCount: ‸1 } }'), 'expected at least 2, found 1'],
    ['option without unit', policy('{ peak-ewma: { decayTime: ‸5 } }'), 'write 5s or 5ms'],
    [
      'options that do not go together',
      policy('{ picky: { mode: fast, sticky: ‸true } }'),
      'expected sticky of picky to be false, found true; write another value, or leave it out for false',
    ],
    ['required option, name alone', policy('‸picky'), "expected 'mode' in the options of picky"],
    [
      'every kind of option',
      policy('{ picky: { mode: ‸slow, bias: ‸2, floor: ‸0.1, minimumPercent: ‸101, sticky: ‸1 } }'),
      'one of fast, fair',
      'expected at most 1',
      'write 10%',
      'expected at most 100%',
      'write true',
    ],
  ]);
});

describe('faults', () => {
  const fault = (text: string) => ({
    instances: '[{ count: 3, zones: [a, b], serviceTime: 1ms }]',
    faults: `[${text}]`,
  });
  check([
    ['without kind', fault('‸{ at: 1s }'), 'expected the kind of the fault (crash, blackhole,'],
    ['two kinds', fault('{ crash: { zone: a }, ‸hang: { zone: b }, at: 1s }'), "found 'hang' beside 'crash'"],
    ['misspelt kind', fault('{ ‸blackhol: { zone: a }, at: 1s }'), "did you mean 'blackhole'?"],
    ['unknown kind', fault('{ ‸explosion: { zone: a }, at: 1s }'), 'known: crash, blackhole'],
    [
      'misspelt time, and no kind',
      fault('‸{ ‸lifetme: 1h }'),
      'expected the kind of the fault (crash, blackhole,',
      "did you mean 'lifetime'?",
    ],
    ['misspelt target', fault('{ crash: { ‸zoen: a }, at: 1s }'), "did you mean 'zone'?"],
    [
      'zone where nobody has one',
      { faults: '[{ crash: { zone: ‸q }, at: 1s }]' },
      "expected a zone with instances, found 'q'; no instance has a zone: add zones: [q, ...] to instances",
    ],
    ['without target', fault('{ crash: ‸{}, at: 1s }'), 'expected whom the fault hits'],
    ['two targets', fault('{ crash: { zone: a, ‸count: 1 }, at: 1s }'), "found 'count' beside 'zone'"],
    [
      'zone that is not there',
      fault('{ crash: { zone: ‸c }, at: 1s }'),
      "expected a zone with instances, found 'c'; known: a, b",
    ],
    [
      'instance that is not there',
      fault('{ crash: { instances: [a-1, ‸a-3] }, at: 1s }'),
      "expected the id of an instance, found 'a-3'; known: a-1, b-1, a-2",
    ],
    ['instance twice', fault('{ crash: { instances: [a-1, ‸a-1] }, at: 1s }'), "found 'a-1' again"],
    ['no instances', fault('{ crash: { instances: ‸[] }, at: 1s }'), "expected at least 1 in 'all' or a list of ids"],
    [
      'more instances than there are',
      fault('{ crash: { count: ‸4 }, at: 1s }'),
      'at most the 3 instances there are, found 4',
    ],
    ['no time', fault('‸{ crash: { zone: a } }'), 'expected when the fault strikes (at, lifetime,'],
    ['two times', fault('{ crash: { zone: a }, at: 1s, ‸lifetime: 1h }'), "found 'lifetime' beside 'at'"],
    ['at the end', fault('{ crash: { zone: a }, at: ‸10s }'), 'expected the fault to begin before the end at 10s'],
    ['for a drawn one', fault('{ crash: { zone: a }, lifetime: 1h, ‸for: 1s }'), "write 'repair'"],
    ['repair of a scheduled one', fault('{ crash: { zone: a }, at: 1s, ‸repair: 1s }'), "write 'for'"],
    ['no lifetime', fault('{ crash: { zone: a }, lifetime: ‸0s }'), 'expected a lifetime above 0s'],
    ['no lifetime, repaired at once', fault('{ crash: { zone: a }, lifetime: ‸0s, repair: 0s }'), 'above 0s'],
    ['no lifetime, by a mean', fault('{ crash: { zone: a }, lifetime: { exponential: { mean: ‸0s } } }'), 'than 0s'],
    [
      'no lifetime, by every law that allows 0',
      fault(
        '{ hang: { zone: a }, lifetime: ‸{ mixture: [{ weight: 1, of: 0s }, { weight: 1, of: { uniform: { min: 0s, max: 0ns } } }] } }',
      ),
      'expected a lifetime above 0s',
    ],
    ['a restart for a time', fault('{ restart: { zone: a, down: 1s }, at: 1s, ‸for: 1s }'), "'down' says how long"],
    ['a restart that is drawn', fault('{ restart: { zone: a, down: 1s }, ‸lifetime: 1h }'), "write 'at' instead"],
    ['slow without factor', fault('{ slow: ‸{ zone: a }, at: 1s }'), "expected 'factor'"],
    ['slow by 0', fault('{ slow: { zone: a, factor: ‸0 }, at: 1s }'), 'expected more than 0'],
    ['errors beyond all', fault('{ errors: { zone: a, rate: ‸200% }, at: 1s }'), 'expected at most 100%'],
    [
      'option of another kind',
      fault('{ crash: { zone: a, ‸factor: 2 }, at: 1s }'),
      'expected a key of a fault of kind crash',
    ],
  ]);

  test('without instances that can be read targets are not judged', () => {
    const found = problems(minimal({ instances: '[{ count: 1 }]', faults: '[{ crash: { zone: z }, at: 1s }]' }));
    expect(found.map(({ message }) => message)).toStrictEqual([expect.stringContaining("expected 'serviceTime'")]);
  });
});

describe('thresholds', () => {
  const threshold = (text: string) => ({ thresholds: `[ ${text} ]` });
  check([
    [
      'unknown metric',
      threshold('‸latency.p98 < 1s'),
      "expected a known metric, found 'latency.p98'; did you mean 'latency.p99'? all: meshtrial list metrics",
    ],
    ['metric like no other', threshold('‸glamour < 1s'), "found 'glamour'; see all with: meshtrial list metrics"],
    ['unknown operator', threshold('latency.p99 ‸== 1s'), "expected <, <=, > or >=, found '=='"],
    ['no operator', threshold('latency.p99‸'), 'found nothing'],
    ['no value', threshold('latency.p99 <‸'), 'expected a duration such as 250ms or 2s for latency.p99, found nothing'],
    ['milliseconds without unit', threshold('latency.p99 < ‸500'), 'write 500s or 500ms'],
    ['count with unit', threshold('requests.failed < ‸5ms'), 'expected a plain number for requests.failed'],
    ['share of more than all', threshold('requests.failedShare < ‸200%'), 'expected at most 100%'],
    ['in quotes', threshold("'latency.p99 < ‸500'"), 'write 500s or 500ms'],
    ['two things wrong', threshold('‸latency ‸! 1s'), 'expected a known metric', 'expected <, <=, > or >='],
    ['a block', threshold('‸{ latency.p99: 1s }'), 'expected a threshold such as latency.p99 < 500ms'],
  ]);
});

test('all problems of a file at once, in its order', () => {
  const { text, places } = unmark(
    minimal({
      name: '‸Name',
      duration: '‸2',
      instances: '[{ count: 1, serviceTime: ‸8 }, { count: ‸0, ‸wait: 1, serviceTime: 1ms }]',
      load: '{ rate: ‸fast, keys: { zipf: { count: ‸many, exponent: ‸-1 } } }',
      loadBalancer: '{ policy: ‸rnd, panicThreshold: ‸5 }',
      faults: '[‸{ crash: { zone: ‸"" } }]',
      thresholds: '[‸x < 1]',
      matrix: '{ ‸y: [1] }',
    }),
  );
  expect(problems(text).map(({ line, column }) => `${line}:${column}`)).toStrictEqual(places);
});

test('limits of thresholds in inside units', () => {
  const written = [
    'latency.p99<1.5s',
    'fairness.jain   >=   0.9',
    'fairness.jain > 90%',
    'requests.failedShare <= 1%',
    'requests.failedShare < 0.01',
    'requests.failed < 10',
    'requests.rate > 5k/s',
    'requests.rate > 50',
    'impact.outageSeconds < 2m',
  ];
  const { thresholds } = valid(minimal({ thresholds: `[${written.join(', ')}]` }));
  expect(thresholds.map(({ limit }) => limit)).toStrictEqual([1_500, 0.9, 0.9, 0.01, 0.01, 10, 5_000, 50, 120]);
  expect(thresholds[1]).toStrictEqual({
    expression: 'fairness.jain >= 0.9',
    metric: 'fairness.jain',
    operator: '>=',
    limit: 0.9,
    strategies: null,
    variants: null,
    abortOnFail: false,
  });
});
