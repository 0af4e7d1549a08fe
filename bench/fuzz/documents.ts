import type { Random } from '../../src/core/random.ts';
import { accruals, detectors, metrics, strategies, subsettings } from '../../src/run/lists.ts';
import { documentForm } from '../../src/scenario/document.ts';
import { grown } from './grown.ts';
import { mutated } from './mutations.ts';
import { chance, oneOf, type Plain, plainOf, textOf } from './plain.ts';
import { worldOf } from './worlds.ts';

const form = documentForm({ strategies, subsettings, accruals, detectors, metrics, readText: () => '1ms\n2ms\n' });

/** Makes hostile scenario files out of good ones and of the format itself, and some that ask much of balancers. Same scenarios and stream, same files. */
export function documentMaker(scenarios: readonly string[]): (random: Random) => string {
  const bases = scenarios.map((text) => shrunk(plainOf(text)));
  return (random) => {
    if (chance(random, 0.03)) return textOf(worldOf(random));
    if (chance(random, 0.3)) {
      const document = grown(form, random);
      return textOf(chance(random, 0.9) ? shrunk(document) : document);
    }
    return mutated(asked(oneOf(random, bases), random), random, bases);
  };
}

/** What a study may be asked for, of which most scenarios have nothing. Replications are few: the next ones tell nothing new. */
const questions: readonly { readonly [key: string]: Plain }[] = [
  { precision: { 'latency.p99': '20%', 'requests.failed': '3' }, maxReplications: '3' },
  { impact: 'twin' },
  { variants: { current: {}, proposed: { 'request.timeout': '300ms' } } },
  { thresholds: ['latency.p99 < 1s', { threshold: 'requests.successShare > 99%', abortOnFail: 'true' }] },
  { thresholds: [{ threshold: 'latency.p50 < 2ms', strategy: ['round-robin', 'random'] }] },
  { replications: '2' },
];

function asked(document: Plain, random: Random): Plain {
  if (!isBlock(document)) return document;
  return Object.assign({ ...document }, ...questions.filter(() => chance(random, 0.1)));
}

/** So short a run that a hundred thousand of them are over in an evening. */
function shrunk(document: Plain): Plain {
  if (typeof document === 'string' || Array.isArray(document)) return document;
  const { load, instances } = document;
  const small: Record<string, Plain> = isBlock(load) ? { load: { ...load, rate: '50/s' } } : {};
  if (Array.isArray(instances)) small.instances = instances.map(counted);
  return { ...soonOf(document), ...small, name: 'fuzz', duration: '4s', warmup: '1s', replications: '1' };
}

/** How many there are is said in one of two ways, and neither is required by itself. */
function counted(group: Plain): Plain {
  return isBlock(group) && group.count === undefined && group.ids === undefined ? { count: '3', ...group } : group;
}

function isBlock(value: Plain | undefined): value is { [key: string]: Plain } {
  return typeof value === 'object' && !Array.isArray(value);
}

/** Every moment a twentieth as late, so that faults still fall into the run. */
function soonOf(document: { [key: string]: Plain }): { [key: string]: Plain } {
  const soon = (value: Plain, key: string): Plain => {
    if (typeof value === 'string') {
      const match = key === 'at' || key === 'for' ? /^([\d.]+)s$/.exec(value) : null;
      return match === null ? value : `${Number(match[1]) / 20}s`;
    }
    if (Array.isArray(value)) return value.map((item) => soon(item, key));
    return Object.fromEntries(Object.entries(value).map(([inner, part]) => [inner, soon(part, inner)]));
  };
  return soon(document, '') as { [key: string]: Plain };
}
