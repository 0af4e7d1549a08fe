import { PLAIN_LOAD_BALANCER } from '../../src/balancer/load_balancer.ts';
import { strategyNamed } from '../../src/balancer/strategies/index.ts';
import type { Instance } from '../../src/core/instance.ts';
import { NO_KEY } from '../../src/core/key.ts';
import { Outcome } from '../../src/core/outcome.ts';
import { randomStream } from '../../src/core/random.ts';
import type { PassiveHealth, PassivePorts } from '../../src/health/passive.ts';
import { CallTable } from '../../src/mesh/calls.ts';
import { PLAIN_REQUEST } from '../../src/mesh/request_policy.ts';
import { Upstream } from '../../src/mesh/upstream.ts';
import type { Snapshot } from '../../src/registry/discovery.ts';
import { Engine } from '../../src/sim/engine.ts';

/** One failing host, from when its caller first sees it until it is believed in no more. */
export interface Found {
  detectMs: number;
  /** Attempts sent to it, all of which fail. */
  attempts: number;
}

export interface FailingHosts {
  readonly hosts: number;
  /** Requests a millisecond, Poisson. */
  readonly rate: number;
  /** null: they refuse; else they do not answer, and this is how long the caller waits. */
  readonly timeoutMs: number | null;
  /** How the caller judges hosts: by outlier detection or by failure accrual. */
  readonly ejection?: (ports: PassivePorts) => PassiveHealth;
  readonly accrual?: (ports: PassivePorts) => PassiveHealth;
  /** How many failures are wanted in each host's place. */
  readonly inEachPlace: number;
  readonly seed: string;
}

/**
 * A production caller that sends at random, and hosts all of which fail. One found out is replaced at that moment by a new
 * one, so that there are always as many to choose from: requests to each place are a Poisson process of their own, and each
 * request serves to find some host out. By place; as many failures of each are kept, so that no short one is preferred.
 */
export function foundOut(options: FailingHosts): Found[][] {
  const { hosts, rate, timeoutMs, inEachPlace, seed } = options;
  const clock = new Engine();
  const arrivals = randomStream(`${seed}/arrivals`);
  const calls = new CallTable(1);
  const current: (Found & { bornAtMs: number })[] = [];
  const instances: Instance[] = [];
  const found: Found[][] = [];
  const out: number[] = [];
  const placeOf = new Map<string, number>();
  let made = 0;
  const replace = (place: number): void => {
    placeOf.delete(instances[place]?.id);
    const id = `${made++}`;
    placeOf.set(id, place);
    instances[place] = { id, address: id, zone: null, weight: 1 };
    current[place] = { bornAtMs: clock.now(), detectMs: Number.NaN, attempts: 0 };
  };
  for (let place = 0; place < hosts; place++) {
    replace(place);
    found.push([]);
  }
  let version = 0;
  const snapshot = (): Snapshot => ({
    ...{ version: version++, atMs: clock.now(), evidenceAtMs: clock.now() },
    instances: instances.slice(),
  });
  let publish: (snapshot: Snapshot) => void = () => {};
  const upstream = new Upstream({
    ...{ service: 's', clock, calls, random: randomStream(seed), healthCheck: null },
    discovery: {
      watch: (_service, listener) => {
        publish = listener;
        listener(snapshot());
        return { close: () => {} };
      },
    },
    transport: {
      send: (_call, { instance }) => {
        current[placeOf.get(instance.id) ?? Number.NaN].attempts++;
      },
      abandon: () => {},
    },
    strategy: strategyNamed('random').withOptions({}),
    loadBalancer: { ...PLAIN_LOAD_BALANCER, panicThreshold: 0 },
    passive: options.ejection ?? null,
    accrual: options.accrual ?? null,
    request: { ...PLAIN_REQUEST, timeoutMs: timeoutMs ?? Infinity },
    observer: {
      ...{ onSend: () => {}, onAttemptEnd: () => {}, onView: () => {}, onPickable: () => {} },
      ...{ onPanic: () => {}, onProbe: () => {} },
      onBelief: ({ instance }, good) => {
        const place = placeOf.get(instance.id);
        if (good || place === undefined) return;
        out.push(place);
        clock.schedule(0, replaceAll, 0);
      },
    },
    onDone: () => {},
  });
  /** Those found out go once whoever found them out has done. */
  const replaceAll = (): void => {
    if (out.length === 0) return;
    for (const place of out) {
      const { attempts, bornAtMs } = current[place];
      if (found[place].length < inEachPlace) found[place].push({ attempts, detectMs: clock.now() - bornAtMs });
      replace(place);
    }
    out.length = 0;
    publish(snapshot());
    if (found.every((each) => each.length >= inEachPlace)) clock.stop();
  };
  const arrive = (): void => {
    clock.schedule(arrivals.exponential(1 / rate), arrive, 0);
    const call = calls.open();
    upstream.start(call, NO_KEY);
    if (timeoutMs === null) upstream.settle(call, Outcome.refused);
  };
  arrive();
  clock.run(Infinity);
  upstream.close();
  return found;
}
