import { describe, expect, it } from 'vitest';
import { newParams, strategyLabels } from '../../src/cli/arguments.ts';
import { type Overrides, parseScenario } from '../../src/cli/read_scenarios.ts';
import { UsageError } from '../../src/cli/usage_error.ts';
import { columnOptions } from '../../src/report/replay_line.ts';

const base = `name: tiny
duration: 3s
instances: [{ count: 3, serviceTime: { exponential: { mean: 2ms } } }]
load: { arrivals: poisson, rate: 200/s }
loadBalancer: { policy: ring }
`;
const axes = `variants: { now: {}, then: { callers.count: 2 } }
matrix:
  load.rate: [200/s, 100/s]
  loadBalancer.policy: [ring, { peak-ewma: { decayTime: 5s, peak: decayed } }, random]
`;
/** Whose variants say which strategy it is. */
const policies =
  'variants: { a: {}, b: { loadBalancer.policy: { peak-ewma: { decayTime: 5s } } }, c: { loadBalancer.policy: random } }\n';

/** As the command line has them, each column as replay lines name it. */
function chosen(more: string, options: { strategy?: string; variant?: string; param?: string } = {}): string[] {
  const { strategy, variant, param } = options;
  const overrides: Overrides = {
    ...(strategy === undefined ? {} : { strategy: strategyLabels(strategy) }),
    ...(variant === undefined ? {} : { variant }),
    ...(param === undefined ? {} : { param: newParams(param) }),
  };
  const read = parseScenario('tiny.yaml', new TextEncoder().encode(base + more), overrides);
  if ('problems' in read) throw new Error(read.problems);
  return read.scenario.columns.map(columnOptions);
}

describe('the columns that run runs', () => {
  it.each([axes, policies])('are each to be had alone, by the options that replay lines have: %s', (more) => {
    const all = chosen(more);
    expect(all.length).toBeGreaterThan(2);
    for (const options of all) {
      const [, strategy, variant] = /--strategy '?(.*?)'? --variant (\w+)/.exec(options) ?? [];
      const [, param] = /--param (\S+)/.exec(options) ?? [];
      expect(chosen(more, { strategy, variant, ...(param === undefined ? {} : { param }) })).toEqual([options]);
    }
  });

  it('are those of all variants and parameters that are not chosen, strategies in the order they are named', () => {
    const both = 'random,peak-ewma(decayTime=5s,peak=decayed)';
    expect(chosen(axes, { strategy: both, variant: 'then', param: 'load.rate=100/s' })).toEqual([
      '--strategy random --variant then --param load.rate=100/s',
      "--strategy 'peak-ewma(decayTime=5s,peak=decayed)' --variant then --param load.rate=100/s",
    ]);
    expect(chosen(axes, { strategy: both, variant: 'then' })).toHaveLength(4);
    expect(chosen(policies, { strategy: 'random,ring' })).toEqual([
      '--strategy random --variant c',
      '--strategy ring --variant a',
    ]);
    expect(chosen('', { strategy: 'random,ring' })).toEqual(['--strategy random', '--strategy ring']);
  });

  it('are still those of any strategy by its name, in place of the file\u2019s', () => {
    expect(chosen('', { strategy: 'peak-ewma' })).toEqual(['--strategy peak-ewma']);
    expect(chosen(axes, { strategy: 'maglev', variant: 'then', param: 'load.rate=50/s' })).toEqual([
      '--strategy maglev --variant then --param load.rate=50/s',
    ]);
  });

  it('are any strategy with any options in place of the file\u2019s, where none of its columns is called so', () => {
    expect(chosen('', { strategy: 'ring-hash( hashBalanceFactor = 125,minimumRingSize=64 ), random()' })).toEqual([
      "--strategy 'ring-hash(hashBalanceFactor=125,minimumRingSize=64)'",
      '--strategy random',
    ]);
    expect(chosen(axes, { strategy: 'peak-ewma(decayTime=6s)', variant: 'then', param: 'load.rate=100/s' })).toEqual([
      "--strategy 'peak-ewma(decayTime=6s)' --variant then --param load.rate=100/s",
    ]);
  });

  it.each([
    [{ strategy: 'peak-ewma(decayTim=6s)' }, /tiny\.yaml: .*'decayTim'.* did you mean 'decayTime'\?/],
    [{ strategy: 'peak-ewma(decayTime=6)' }, /tiny\.yaml: expected a duration.*, found 6; give it a unit/],
    [{ variant: 'thn' }, /no such variant of these; did you mean 'then'\? known: now, then/],
  ])('%o is an error that says what there is', (options, message) => {
    expect(() => chosen(axes, options)).toThrow(message);
    expect(() => chosen(axes, options)).toThrow(UsageError);
  });

  it.each(['ring(', 'ring(skip)', 'ring(skip=)', 'ring(skip=hold,skip=hold)', 'ring(skip=a=b)', 'ring(skip=(hold))'])(
    '%s is no spelling of a strategy',
    (spelling) => expect(() => strategyLabels(spelling)).toThrow('It must be NAME or NAME(OPTION=VALUE,...)'),
  );

  it.each(['rnig', 'rnig(skip=hold)', 'rnig('])('%s is no strategy, but resembles one', (spelling) => {
    expect(() => strategyLabels(spelling)).toThrow("There is no strategy 'rnig'. Did you mean 'ring'?");
  });
});
