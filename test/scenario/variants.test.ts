import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import { combine, createGrafter, type Setting } from '../../src/scenario/matrix.ts';
import { createTarget } from '../../src/scenario/paths.ts';
import { createReading } from '../../src/scenario/reading.ts';
import type { Column } from '../../src/scenario/scenario.ts';
import type { Written, WrittenMap } from '../../src/scenario/written.ts';
import { parseYaml } from '../../src/scenario/yaml.ts';
import { expectProblems, type WrongRow } from './marked_problems.ts';
import { minimal, problems, unmark, valid } from './vocabulary.ts';

type Json = null | string | number | boolean | readonly Json[] | { readonly [key: string]: Json };

const base = {
  name: 'base',
  duration: '10s',
  instances: [
    { ids: ['a'], serviceTime: '10ms' },
    { ids: ['b'], serviceTime: '10ms', metadata: { stage: 'prod' } },
  ],
  load: { rate: '100/s' },
  loadBalancer: { policy: 'random', panicThreshold: '40%' },
  healthCheck: { interval: '2s', timeout: '500ms', unhealthyThreshold: 3, healthyThreshold: 2 },
  faults: [{ crash: { instances: 'all' }, at: '1s' }],
} satisfies Json;

/** Parameters that can be set beside each other in any combination, with values for each; null: nothing, as of a block. */
const parameters: Readonly<Record<string, readonly Json[]>> = {
  duration: ['20s', '30s'],
  'load.rate': ['1/s', '2/s', '3/s'],
  'loadBalancer.policy': ['ring', { 'peak-ewma': { decayTime: '5s' } }, 'least-request'],
  'loadBalancer.panicThreshold': [null, '10%'],
  healthCheck: [null, { system: 'haproxy', by: 'caller' }],
  outlierDetection: [null, { consecutive5xx: 3 }],
  'request.timeout': ['1s', null, '2s'],
  'network.latency': ['1ms', { uniform: { min: '1ms', max: '2ms' } }],
  'registry.kind': ['etcd', 'consul'],
  'instances.0.weight': [0.5, 2],
  'instances.1.metadata.stage': ['canary', null],
  'instances.1.metadata.shard': ['s1'],
  'faults.0.at': ['2s', '3s'],
  'faults.0.crash.instances': [['a']],
};
const paths = Object.keys(parameters);

interface Grid {
  readonly matrix: Readonly<Record<string, readonly Json[]>>;
  readonly variants: Readonly<Record<string, Readonly<Record<string, Json>>>>;
}

/** A few axes, and variants that set other parameters. */
const grids: fc.Arbitrary<Grid> = fc
  .tuple(
    fc.shuffledSubarray(paths, { maxLength: 3 }),
    fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9.-]{0,3}$/), { maxLength: 3 }),
  )
  .chain(([axes, names]) => {
    const rest = paths.filter((path) => !axes.includes(path));
    const overrides = fc
      .shuffledSubarray(rest, { maxLength: 4 })
      .chain((own) =>
        fc.tuple(
          ...own.map((path) => fc.constantFrom(...(parameters[path] ?? [])).map((value) => [path, value] as const)),
        ),
      );
    return fc.record({
      matrix: fc
        .tuple(
          ...axes.map((path) =>
            fc
              .shuffledSubarray([...(parameters[path] ?? [])], { minLength: 1 })
              .map((values) => [path, values] as const),
          ),
        )
        .map((entries) => Object.fromEntries(entries)),
      variants: fc
        .tuple(...names.map((name) => overrides.map((own) => [name, Object.fromEntries(own)] as const)))
        .map((entries) => Object.fromEntries(entries)),
    });
  });

/** What stands at the path afterwards, by the plainest means. */
function set(json: Json, [key, ...rest]: readonly string[], value: Json): Json {
  if (key === undefined) return value;
  if (Array.isArray(json)) return json.with(Number(key), set(json[Number(key)], rest, value));
  const block = (json ?? {}) as Record<string, Json>;
  const { [key]: old = null, ...others } = block;
  if (value === null && (rest.length === 0 || old === null)) return rest.length === 0 ? others : block;
  return { ...block, [key]: set(old, rest, value) };
}

function written({ matrix, variants }: Grid): string {
  const some = Object.keys(variants).length > 0 ? { variants } : {};
  return JSON.stringify({ ...base, ...some, ...(Object.keys(matrix).length > 0 ? { matrix } : {}) });
}

/** The columns a grid should have: for each what it sets. */
function expected({ matrix, variants }: Grid): { variant: string | null; point: number; sets: [string, Json][] }[] {
  const rows = Object.entries(matrix).reduce<[string, Json][][]>(
    (before, [path, values]) =>
      before.flatMap((row) => values.map((value): [string, Json][] => [...row, [path, value]])),
    [[]],
  );
  const bundles = Object.keys(variants).length === 0 ? [[null, {}] as const] : Object.entries(variants);
  return bundles.flatMap(([variant, own]) =>
    rows.map((row, point) => ({ variant, point, sets: [...Object.entries(own), ...row] })),
  );
}

const worldOf = ({ strategy, trial }: Column) => ({ strategy, trial });

describe('columns', () => {
  property.prop([grids], { numRuns: 30 })(
    'are variants x matrix in this order, each the world of a file with all that written out',
    (grid) => {
      const { columns } = valid(written(grid));
      const should = expected(grid);
      expect(columns.map(({ variant, point }) => ({ variant, point }))).toStrictEqual(
        should.map(({ variant, point }) => ({ variant, point })),
      );
      for (const [i, { sets }] of should.entries()) {
        const alone = sets.reduce<Json>((json, [path, value]) => set(json, path.split('.'), value), base);
        const [only] = valid(JSON.stringify(alone)).columns;
        expect(worldOf(columns[i])).toStrictEqual(worldOf(only));
        expect(Object.keys(columns[i].params)).toStrictEqual(
          Object.keys(grid.matrix).filter((path) => path !== 'loadBalancer.policy'),
        );
      }
    },
  );

  property.prop([grids], { numRuns: 30 })('leave the document as it was, and share what they do not set', (grid) => {
    const reading = createReading();
    const document = parseYaml(JSON.stringify(base), reading) as WrittenMap;
    const before = structuredClone(document);
    const grafter = createGrafter();
    for (const { sets } of expected(grid)) {
      const settings = sets.map(
        ([path, value]): Setting => ({ target: createTarget(path, 0), value: writtenAs(value) }),
      );
      const grafted = grafter.graft(document, settings);
      expect(document).toStrictEqual(before);
      expect(grafter.graft(document, settings)).toBe(grafted);
      const touched = new Set(sets.map(([path]) => path.split('.')[0]));
      for (const [key, entry] of document.entries) {
        if (!touched.has(key)) expect(grafted.entries.get(key)?.value).toBe(entry.value);
      }
    }
  });
});

function writtenAs(value: Json): Written {
  const whole = parseYaml(JSON.stringify({ value }), createReading());
  const part = whole?.kind === 'map' ? whole.entries.get('value')?.value : undefined;
  if (part === undefined) throw new Error('unreadable');
  return part;
}

test('without an axis there is a column a variant, without a variant one a point', () => {
  const reading = createReading();
  expect(combine([], [], 0, reading)).toStrictEqual([{ variant: null, point: 0, params: {}, settings: [] }]);
  const { columns } = valid(minimal({ variants: '{ current: , proposed: { loadBalancer.policy: ring } }' }));
  expect(columns.map(({ variant, strategy, params }) => [variant, strategy, params])).toStrictEqual([
    ['current', 'random', {}],
    ['proposed', 'ring', {}],
  ]);
});

test('a list or a block as a value replaces; null takes away what is written, and makes nothing of nothing', () => {
  const { columns } = valid(
    minimal({
      request: '{ timeout: 1s, connectTimeout: 100ms }',
      variants: `
  block: { request: { timeout: 3s } }
  part: { request.connectTimeout: null }
  away: { request: null, outlierDetection: null, healthCheck.interval: null, network.latency: ~ }
  list: { instances: [{ ids: [x], serviceTime: 1ms }, { ids: [y], serviceTime: 1ms }] }`,
    }),
  );
  const of = (name: string) => columns.find(({ variant }) => variant === name)?.trial;
  expect(of('block')?.request).toMatchObject({ timeoutMs: 3_000, connectTimeoutMs: Number.POSITIVE_INFINITY });
  expect(of('part')?.request).toMatchObject({ timeoutMs: 1_000, connectTimeoutMs: Number.POSITIVE_INFINITY });
  expect(of('away')).toMatchObject({ outlierDetection: null, healthCheck: null, networkLatency: null });
  expect(of('away')?.request).toStrictEqual(valid(minimal()).columns[0]?.trial.request);
  expect(of('list')?.instances.map(({ id }) => id)).toStrictEqual(['x', 'y']);
});

test('an axis may go with and without a block', () => {
  const check = '{ interval: 1s, timeout: 500ms, unhealthyThreshold: 3, healthyThreshold: 2 }';
  const { columns } = valid(minimal({ healthCheck: check, matrix: `{ healthCheck: [null, ${check}] }` }));
  expect(columns.map(({ params, trial }) => [params.healthCheck, trial.healthCheck === null])).toStrictEqual([
    ['null', true],
    ['{interval: 1s, timeout: 500ms, unhealthyThreshold: 3, healthyThreshold: 2}', false],
  ]);
});

test('a strategy of the command line is the last axis of every variant', () => {
  const text = minimal({ variants: '{ a: {}, b: { load.rate: 1/s } }', matrix: '{ duration: [1s, 2s] }' });
  const { columns } = valid(text, { policyOverride: ['ring', 'random'] });
  expect(columns.map(({ variant, params, strategy }) => `${variant} ${params.duration} ${strategy}`)).toStrictEqual(
    ['a', 'b'].flatMap((variant) =>
      ['1s', '2s'].flatMap((duration) => ['ring', 'random'].map((name) => `${variant} ${duration} ${name}`)),
    ),
  );
});

describe('what is wrong with variants', () => {
  const many = (count: number, item: (i: number) => string) =>
    Array.from({ length: count }, (_, i) => item(i)).join(', ');
  const rows: WrongRow[] = [
    ['not a block', { variants: '‸[a, b]' }, 'expected a block of variants and what each changes, found a list'],
    ['none', { variants: '‸{}' }, 'write { current: {}'],
    ['no name', { variants: '{ ‸my variant: {} }' }, "expected the name of a variant, found 'my variant'"],
    ['endless name', { variants: `{ ‸${'x'.repeat(129)}: {} }` }, 'at most 128 characters'],
    [
      'a path for a variant',
      { variants: '{ healthCheck.interval: ‸1s }' },
      "a block of paths and their values, found '1s'",
    ],
    ['unknown path', { variants: '{ a: { ‸load.rat: 1/s } }' }, "did you mean 'load.rate'?"],
    ['unknown block', { variants: '{ a: { ‸laod.rate: 1/s } }' }, "did you mean 'load.rate'?"],
    [
      'what holds for all',
      { variants: '{ a: { ‸seed: 1, ‸variants: {}, ‸precision: {} } }' },
      "take it out of variant 'a'",
      '',
      '',
    ],
    ['element that is not there', { variants: '{ a: { ‸instances.1.weight: 1 } }' }, 'write a number from 0 to 0'],
    [
      'value of a wrong kind',
      { variants: '{ a: { load.rate: ‸5 }, b: { load.rate: ‸x } }' },
      'write 5/s',
      'expected a rate',
    ],
    ['what must be there taken away', { variants: '{ a: { load: ‸null } }' }, "expected 'load' in a scenario"],
    ['an element taken away', { variants: '{ a: { instances.0: ‸null } }' }, 'found nothing'],
    ['overlap', { variants: '{ a: { request: {}, ‸request.timeout: 1s } }' }, 'one contains the other'],
    [
      'what the matrix sets',
      { variants: '{ a: { ‸load.rate: 1/s }, b: { ‸load: { rate: 2/s } } }', matrix: '{ load.rate: [3/s, 4/s] }' },
      "found 'load.rate' in 'a' and both; take it out of one of them",
      "found 'load' in 'b' and 'load.rate' there",
    ],
    ['too many', { variants: `‸{ ${many(101, (i) => `v${i}: {}`)} }` }, 'at most 100 variants, found 101'],
    [
      'too many changes',
      { variants: `{ a: ‸{ ${many(101, (i) => `x${i}: 1`)} } }` },
      'at most 100 parameters in a variant',
    ],
    [
      'too many columns',
      { '‸variants': `{ ${many(100, (i) => `v${i}: {}`)} }`, matrix: '{}' },
      'at most 100000 runs (columns x replications), found 200000',
    ],
    [
      'too many columns with a matrix',
      { variants: `{ ${many(51, (i) => `v${i}: {}`)} }`, matrix: `{ ‸load.rate: [${many(20, (i) => `${i + 1}/s`)}] }` },
      'at most 1000 columns, found 1020',
    ],
    [
      'misspelt strategy, and thresholds that do not care',
      {
        variants: '{ a: { loadBalancer.policy: ‸rnig } }',
        thresholds: '[{ threshold: latency.p99 < 1s, strategy: rnig }]',
      },
      "did you mean 'ring'?",
    ],
  ];

  test.each(rows)('%s', (title, changes, ...said) => {
    const replications = title === 'too many columns' ? { replications: '2000' } : {};
    expectProblems(minimal({ ...changes, ...replications }), said);
  });

  test('a problem that a variant brings about elsewhere is told at its value, once', () => {
    const { text, places } = unmark(
      minimal({
        request: '{ timeout: 3s, perTryTimeout: 2s }',
        warmup: '5s',
        variants: '{ a: {}, b: { request.timeout: ‸1s, load.rate: 9/s }, c: { duration: ‸4s } }',
        matrix: '{ loadBalancer.policy: [ring, random] }',
      }),
    );
    const found = problems(text);
    expect(found.map(({ line, column }) => `${line}:${column}`)).toStrictEqual(places);
    expect(found.map(({ message }) => message)).toStrictEqual([
      'expected at most the timeout of 1s, found 2s',
      'expected warmup to end before the duration of 4s, found 5s',
    ]);
  });

  test('a problem of the file itself is told where it is, once for all variants', () => {
    const { text, places } = unmark(
      minimal({ warmup: '‸5', variants: '{ a: {}, b: { load.rate: 1/s } }', matrix: '{ duration: [1s, 2s] }' }),
    );
    expect(problems(text).map(({ line, column }) => `${line}:${column}`)).toStrictEqual(places);
  });

  test('many variants of many problems are judged in good time', () => {
    const variants = many(100, (i) => `v${i}: { warmup: ${i}h, request.timeout: ${i + 1}ms, load.rate: ${i + 1}/s }`);
    const text = minimal({ request: '{ perTryTimeout: 2s }', variants: `{ ${variants} }` });
    expect(problems(text).length).toBeGreaterThan(50);
  });
});

describe('paths of a matrix and of variants', () => {
  test.each([
    ['healthCheck.interval', '1s', '5s'],
    ['instances.0.weight', '2', '3'],
    ['instances.0.metadata.stage', 'prod', 'test'],
    ['faults.0.at', '1s', '2s'],
    ['faults.0.crash.instances', 'all', '[a-1]'],
    ['registry.kind', 'etcd', 'consul'],
    ['registry.watchLatency', '1ms', '2ms'],
    ['network.latency', '1ms', '{ exponential: { mean: 2ms } }'],
    ['discovery.lag', '1ms', '2ms'],
    ['outlierDetection.consecutive5xx', '3', '7'],
    ['request.retries.attempts', '1', '2'],
    ['loadBalancer.locality.weighted.weights', '{ a: 1 }', '{ a: 2 }'],
    ['callers.count', '1', '2'],
  ])('%s', (path, one, other) => {
    const changes = {
      instances: '[{ count: 2, zones: [a], serviceTime: 10ms, metadata: { stage: dev } }]',
      callers: '{ count: 2, zones: [a] }',
      healthCheck: '{ interval: 2s, timeout: 500ms, unhealthyThreshold: 3, healthyThreshold: 2 }',
      faults: '[{ crash: { zone: a }, at: 1s }]',
      ...(path === 'registry.watchLatency' ? { registry: '{ kind: etcd }' } : {}),
    };
    if (path === 'faults.0.crash.instances') changes.faults = '[{ crash: {}, at: 1s }]';
    const matrix = valid(minimal({ ...changes, matrix: `{ ${path}: [${one}, ${other}] }` })).columns;
    const variants = valid(minimal({ ...changes, variants: `{ a: { ${path}: ${one} }, b: { ${path}: ${other} } }` }));
    expect(variants.columns.map(({ trial }) => trial)).toStrictEqual(matrix.map(({ trial }) => trial));
    expect(matrix[0].trial).not.toStrictEqual(matrix[1].trial);
    expect(variants.columns.map(({ params }) => params)).toStrictEqual([{}, {}]);
  });
});
