import type { Host } from '../../src/balancer/host.ts';
import type { RegisteredStrategy } from '../../src/balancer/strategy.ts';
import type { Instance } from '../../src/core/instance.ts';
import { type KeyText, NO_KEY } from '../../src/core/key.ts';
import type { LoadReport } from '../../src/core/load_report.ts';
import { fillDefaults, type OptionDescriptor, unreadOptions, type WrittenOptions } from '../../src/core/options.ts';
import { Outcome } from '../../src/core/outcome.ts';
import { instancesOf } from '../helpers/balancing.ts';
import { ManualClock } from '../helpers/manual_clock.ts';
import { ports } from '../helpers/ports.ts';
import { type Subject, traitsOf } from './law.ts';
import { answersAtOnce, rigOf } from './rig.ts';

/**
 * Every named variant of the strategy, and each of its options by itself at each value worth trying under each variant.
 * Values that the strategy turns down, or does not read, beside the variant's are left out, and so are those that change
 * none of its picks in a long and varied story.
 */
export function subjectsOf(definition: RegisteredStrategy): Subject[] {
  const subjects: Subject[] = [];
  const seen = new Set<string>();
  for (const subject of namedSubjectsOf(definition)) {
    subjects.push(subject);
    seen.add(story(subject));
  }
  for (const { when } of definition.variants) {
    for (const [option, descriptor] of Object.entries(definition.options)) {
      for (const value of validValues(definition, when, option, descriptor)) {
        const options = { ...when, [option]: value };
        if (unreadOptions(definition.options, options).length > 0) continue;
        const subject = { label: labelOf(definition, options), definition, options, named: false };
        const told = story(subject);
        if (seen.has(told)) continue;
        seen.add(told);
        subjects.push(subject);
      }
    }
  }
  return subjects;
}

/** Only the variants as they are named. */
export function namedSubjectsOf(definition: RegisteredStrategy): Subject[] {
  return definition.variants.map(({ when }) => ({
    label: labelOf(definition, when),
    definition,
    options: when,
    named: true,
  }));
}

function labelOf({ name }: RegisteredStrategy, options: WrittenOptions): string {
  const written = Object.entries(options).map(([option, value]) => `${option}=${value}`);
  return written.length === 0 ? name : `${name}(${written.join(', ')})`;
}

/** Of the values worth trying those that the strategy takes: of numbers one below the usual one and three above it at most. */
export function validValues(
  definition: RegisteredStrategy,
  when: WrittenOptions,
  option: string,
  descriptor: OptionDescriptor,
): (number | boolean | string)[] {
  const usual = when[option] ?? descriptor.default;
  const valid = (values: readonly (number | boolean | string)[]) =>
    values.filter((value) => value !== usual && takes(definition, { ...when, [option]: value }));
  if (descriptor.type === 'choice') return valid(descriptor.values);
  if (descriptor.type === 'boolean') return valid([false, true]);
  // Where the strategy is choosier than the limits say, a prime will do for all that is known.
  const [likely, other] = [valid(numbersOf(descriptor)), valid([1021])] as number[][];
  const [below, above] = [true, false].map((less) =>
    (likely.length > 0 ? likely : other).filter((value) => value < Number(usual) === less).toSorted((a, b) => a - b),
  );
  return [
    ...new Set([...below.slice(0, 1), ...above.slice(0, 1), ...above.slice(1, -1).slice(0, 1), ...above.slice(-1)]),
  ];
}

function numbersOf(descriptor: OptionDescriptor): number[] {
  if (descriptor.type === 'choice' || descriptor.type === 'boolean') return [];
  const { min, max, default: written = 1 } = descriptor;
  const usual = Number(written);
  const numbers = [usual / 2, usual + 1, 2 * usual];
  if (min !== undefined) numbers.push(min);
  if (descriptor.type === 'share') numbers.push(0.1, 0.9, 1);
  // A percentage that is switched off by 0.
  if (usual === 0 && min === 0 && descriptor.type === 'integer') numbers.push(150);
  // A table of millions of slots says no more than one of thousands, and takes long to make.
  if (max !== undefined && max <= 100_000) numbers.push(max);
  return numbers;
}

/** One that needs a key is left out: laws ask without, too, and with a key it picks as it does otherwise. */
function takes(definition: RegisteredStrategy, options: WrittenOptions): boolean {
  try {
    fillDefaults(definition.name, definition.options, options);
    return definition.create({ options, ...ports({ probeLoad: answersAtOnce }) }).needsKey !== true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

const keyOfParts: KeyText = (key) => `${key}\tpart`;

/** What comes of weights, keys, failures, latencies, reports, attempts in flight, churn and time: all picks, as one text. */
export function story(subject: Subject): string {
  const clock = new ManualClock();
  const balancer = rigOf(subject, [1, 2, 3, 50], { seed: 'story', clock, keyText: keyOfParts });
  const picks: string[] = [];
  const open: Host[] = [];
  const hashes = traitsOf(subject).affinity !== 'none';
  for (let i = 0; i < 700; i++) {
    if (i === 200) balancer.update(instancesOf([1, 1, 1, 1, 1]));
    if (i === 500) balancer.update(limited(instancesOf([1, 1, 1, 1, 1])));
    if (i === 600) {
      // Most draws by weight are of one that is down, so that nginx turns to rounds.
      balancer.update(instancesOf([3, 3, 3, 3, 3000]));
      balancer.setHealthy(balancer.members[1], true);
      balancer.setHealthy(balancer.members[4], false);
    }
    if (i === 400) balancer.setHealthy(balancer.members[1], false);
    clock.advance(i % 100 === 0 ? 5000 : 1 + (i % 7));
    const host = balancer.pick(hashes && i % 4 > 0 ? i % 50 : NO_KEY, i % 10 === 9 ? 1 : 0);
    if (host === null) {
      if (i < 500) throw new Error('nobody to pick');
      picks.push('-');
      continue;
    }
    picks.push(host.instance.id);
    balancer.acquire(host);
    open.push(host);
    // Between 0 and 12 in flight; the later hosts are slower, b fails now and then.
    while (open.length > (i >> 4) % 13) {
      const ended = open.splice((7 * i) % open.length, 1)[0];
      const place = balancer.members.indexOf(ended);
      const outcome = place !== 1 || i % 3 > 0 ? Outcome.ok : i % 2 === 0 ? Outcome.refused : Outcome.error;
      balancer.release(ended, 5 + 10 * place + (i % 5), outcome, reportOf(place));
    }
  }
  return picks.join('');
}

function reportOf(place: number): LoadReport {
  return {
    qps: 10 * (place + 1),
    errorsPerSecond: place,
    utilization: 0.1 * (place + 1),
    requestsInFlight: 5 - place,
    queued: place % 2,
    serviceTimeMs: 5 + place,
    retryAfterMs: 0,
  };
}

/** Those of even places may have two in flight. */
function limited(instances: readonly Instance[]): Instance[] {
  return instances.map((instance, i) => (i % 2 === 0 ? { ...instance, maxConnections: 2 } : instance));
}
