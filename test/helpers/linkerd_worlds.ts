import { expect } from 'vitest';
import type { Host } from '../../src/balancer/host.ts';
import { PLAIN_LOAD_BALANCER } from '../../src/balancer/load_balancer.ts';
import { strategyNamed } from '../../src/balancer/strategies/index.ts';
import { NO_KEY } from '../../src/core/key.ts';
import type { WrittenOptions } from '../../src/core/options.ts';
import { Outcome, outcomeNames } from '../../src/core/outcome.ts';
import { type Random, randomStream } from '../../src/core/random.ts';
import type { PassiveHealth, PassivePorts } from '../../src/health/passive.ts';
import { CallTable } from '../../src/mesh/calls.ts';
import type { FailFastSettings } from '../../src/mesh/fail_fast.ts';
import { PLAIN_REQUEST } from '../../src/mesh/request_policy.ts';
import { Upstream } from '../../src/mesh/upstream.ts';
import type { Discovery, Snapshot } from '../../src/registry/discovery.ts';
import { instance } from './balancing.ts';
import { ManualClock } from './manual_clock.ts';
import { scriptedRandom } from './scripted_random.ts';

/** Services a, b, c, ... behind Linkerd's queue, or, where it has no times, behind Tower's balancer alone, and what was drawn. */
export interface LinkerdWorld extends Partial<FailFastSettings> {
  readonly services: number;
  /** When each request gives up. Absent: never. */
  readonly timeoutMs?: number;
  readonly draws: readonly number[];
}

type Gate = 'open' | 'shut' | 'one' | 'taken';

/**
 * What becomes of requests with just what was drawn: those are numbered from 0, in words: `2:0>a`, at 2 ms the first is sent to a; `2:~a`, one goes to a in
 * vain, having given up before; `2:0!`, it fails; `2:0x`, it gives up. What happens: `r`, a request comes; `-0`, the
 * first is answered, `-0!`, with an error, `-0!reset`, not at all, but ends so; `a:down`, `a:up`, the gate of a shuts and opens, `a:one` for one request; `a:7` and `=abc`, the
 * registry says that a weighs 7, and who there is; `+5`, 5 ms pass.
 */
export function eventsOf(world: LinkerdWorld, options: WrittenOptions, happens: string): string {
  const rig = rigOf(world, options);
  for (const word of happens.split(' ')) happen(rig, word);
  expect(() => rig.random.uint32()).toThrow('asked for one more');
  return rig.log.join(' ');
}

type Rig = ReturnType<typeof rigOf>;

function rigOf(
  { services, timeoutMs = Infinity, draws, afterMs, capacity = 0 }: LinkerdWorld,
  options: WrittenOptions,
) {
  const clock = new ManualClock();
  const calls = new CallTable(1);
  const log: string[] = [];
  const numbers: number[] = [];
  const slots = new Map<string, number>();
  const note = (call: number, what: string): void => void log.push(`${clock.now()}:${numbers[call]}${what}`);
  const nameOf = (slot: number) => [...slots].find(([, of]) => of === slot)?.[0];
  const registry = registryOf(services);
  const random = scriptedRandom(draws);
  let gates: Gates | null = null;
  const upstream = new Upstream({
    ...{ service: 's', discovery: registry, clock, calls },
    random: {
      ...randomStream('linkerd'),
      fork: (label): Random => (label === 'strategy' ? random : randomStream(label)),
    },
    transport: { send: () => {}, abandon: () => {} },
    strategy: strategyNamed('peak-ewma').withOptions(options),
    loadBalancer: {
      ...PLAIN_LOAD_BALANCER,
      panicThreshold: 0,
      whenNobodyReady: afterMs === undefined ? null : { afterMs, capacity },
    },
    healthCheck: null,
    accrual: (ports) => {
      gates = new Gates(ports, (slot) => log.push(`${clock.now()}:~${nameOf(slot)}`));
      return gates;
    },
    request: { ...PLAIN_REQUEST, timeoutMs },
    observer: {
      onSend: (call, host) => note(call, `>${host.instance.id}`),
      onView: ({ slot, instance }: Host, inView: boolean) => {
        if (inView) slots.set(instance.id, slot);
        else slots.delete(instance.id);
      },
      ...{ onAttemptEnd: () => {}, onBelief: () => {}, onProbe: () => {}, onPickable: () => {}, onPanic: () => {} },
    },
    onDone: (call, outcome) => {
      if (outcome === Outcome.timedOut || outcome === Outcome.noHost)
        note(call, outcome === Outcome.noHost ? '!' : 'x');
    },
  });
  const open = new Map<number, number>();
  let requests = 0;
  const start = (): void => {
    const call = calls.open();
    numbers[call] = requests;
    open.set(requests++, call);
    upstream.start(call, NO_KEY);
  };
  const answer = (request: number, outcome: Outcome): void => upstream.settle(open.get(request) as number, outcome);
  const set = (name: string, gate: Gate): void => (gates as Gates | null)?.set(slots.get(name) as number, gate);
  return { clock, log, random, registry, start, answer, set };
}

function happen({ clock, registry, start, answer, set }: Rig, word: string): void {
  if (word === 'r') start();
  else if (word.startsWith('-')) answer(Number.parseInt(word.slice(1), 10), outcomeOf(word));
  else if (word.startsWith('=')) registry.list([...word.slice(1)]);
  else if (word.startsWith('+')) clock.advance(Number(word));
  else {
    const [name, what] = word.split(':');
    if (what === 'one') set(name, 'one');
    else if (what === 'up' || what === 'down') set(name, what === 'up' ? 'open' : 'shut');
    else registry.weigh(name, Number(what));
  }
}

function outcomeOf(word: string): Outcome {
  const [, how] = word.split('!');
  if (how === undefined) return Outcome.ok;
  return how === '' ? Outcome.error : (outcomeNames.indexOf(how as (typeof outcomeNames)[number]) as Outcome);
}

function registryOf(services: number) {
  const weights = new Map<string, number>();
  let ids = Array.from({ length: services }, (_, i) => String.fromCharCode(97 + i));
  let version = 0;
  let tell: (snapshot: Snapshot) => void = () => {};
  const publish = (): void => {
    const instances = ids.map((id) => instance(id, weights.get(id) ?? 1));
    tell({ version: ++version, atMs: 0, evidenceAtMs: 0, instances });
  };
  const discovery: Discovery = {
    watch: (_, listener) => {
      tell = listener;
      publish();
      return { close: () => {} };
    },
  };
  return {
    ...discovery,
    list: (listed: string[]): void => {
      for (const id of ids) if (!listed.includes(id)) weights.delete(id);
      ids = listed;
      publish();
    },
    weigh: (id: string, weight: number): void => {
      weights.set(id, weight);
      publish();
    },
  };
}

/** A gate before each service, which is opened and shut by hand. */
class Gates implements PassiveHealth {
  private readonly states: Gate[] = [];
  private readonly ports: PassivePorts;
  private readonly onAbandoned: (slot: number) => void;

  constructor(ports: PassivePorts, onAbandoned: (slot: number) => void) {
    this.ports = ports;
    this.onAbandoned = onAbandoned;
  }

  set(slot: number, gate: Gate): void {
    this.states[slot] = gate;
    this.ports.listener(slot, gate === 'shut' || gate === 'taken', this.ports.clock.now(), gate === 'one');
  }

  add(slot: number): void {
    this.states[slot] = 'open';
  }

  started(slot: number): void {
    if (this.states[slot] === 'one') this.set(slot, 'taken');
  }

  abandoned(slot: number): void {
    this.onAbandoned(slot);
    this.started(slot);
  }

  remove(): void {}
  ended(): void {}
  checkPassed(): void {}
  close(): void {}
}
