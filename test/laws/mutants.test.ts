import { describe, expect, test } from 'vitest';
import type { Host } from '../../src/balancer/host.ts';
import { defineStrategy } from '../../src/balancer/strategy.ts';
import { fmix32 } from '../../src/core/digest.ts';
import { subjectsOf } from './law.ts';
import { laws } from './laws.ts';
import { mutants } from './mutants.ts';

// A law that cannot fail says nothing: each must turn down the strategies made to break it.
describe.each(laws)('$name', (law) => {
  test('has strategies that break it', () => {
    expect(mutants[law.name]?.length ?? 0).toBeGreaterThan(0);
  });

  test.each((mutants[law.name] ?? []).flatMap(subjectsOf))('turns down mutant %#', (subject) => {
    expect(law.applies(subject.definition.variantOf(subject.options).traits)).toBe(true);
    expect(() => law.check(subject)).toThrow();
  });
});

/** Highest random weight: the textbook strategy with affinity. Here to see the laws of affinity hold for something. */
const rendezvous = defineStrategy({
  name: 'rendezvous',
  doc: 'The host of the highest hash with the key.',
  options: {},
  variants: [
    {
      when: {},
      system: 'none',
      source: 'none',
      traits: { evenness: 'none', weighted: 'none', affinity: 'minimal', feedback: 'none', cost: 'O(n)' },
    },
  ],
  create: () => {
    let hosts: readonly Host[] = [];
    const score = (host: Host, key: number) => fmix32(key ^ fmix32(host.instance.id.charCodeAt(0)));
    return {
      rebuild: (_members, eligible) => {
        hosts = eligible.slice();
      },
      pick: (key) => {
        let best = hosts[0];
        for (const host of hosts) if (score(host, key) > score(best, key)) best = host;
        return best;
      },
      onStart: () => {},
      onEnd: () => {},
    };
  },
});

test.each(laws.filter((law) => law.applies(rendezvous.variants[0].traits)))(
  'a sound strategy with affinity: $name',
  (law) => {
    for (const subject of subjectsOf(rendezvous)) law.check(subject);
  },
);
