import { expect, it } from 'vitest';
import { PLAIN_LOAD_BALANCER } from '../../src/balancer/load_balancer.ts';
import { strategyNamed } from '../../src/balancer/strategies/index.ts';
import type { Instance } from '../../src/core/instance.ts';
import { randomStream } from '../../src/core/random.ts';
import type { DetectorPorts, HostDetector } from '../../src/health/host_detector.ts';
import { CallTable } from '../../src/mesh/calls.ts';
import { PLAIN_REQUEST } from '../../src/mesh/request_policy.ts';
import { Upstream } from '../../src/mesh/upstream.ts';
import { createMemoryRegistry } from '../../src/registry/memory_registry.ts';
import { ManualClock } from '../helpers/manual_clock.ts';

const instance = (id: string): Instance => ({ id, address: `${id}:80`, zone: null, weight: 1 });

/** A detector that says what it is told to say. */
class Told implements HostDetector {
  readonly trustsUnheard: boolean;
  readonly hosts = new Map<string, number>();
  private readonly ports: DetectorPorts;

  constructor(ports: DetectorPorts, trustsUnheard: boolean) {
    this.ports = ports;
    this.trustsUnheard = trustsUnheard;
  }

  add(host: number, { id }: Instance): void {
    this.hosts.set(id, host);
  }

  remove(host: number): void {
    for (const [id, each] of this.hosts) if (each === host) this.hosts.delete(id);
  }

  close(): void {
    this.hosts.clear();
  }

  say(id: string, out: boolean, evidenceAtMs: number): void {
    this.ports.listener(this.hosts.get(id) as number, out, evidenceAtMs);
  }
}

function upstreamOf(heartbeatsTrust: boolean, checked = false) {
  const clock = new ManualClock();
  const registry = createMemoryRegistry(clock);
  const leases = ['a', 'b'].map((id) => registry.register('s', instance(id), null));
  const log: string[] = [];
  const note = (what: string): void => void log.push(what);
  const made: Record<string, Told> = {};
  const maker = (cause: string, trusts: boolean) => (ports: DetectorPorts) => {
    made[cause] = new Told(ports, trusts);
    return made[cause];
  };
  const upstream = new Upstream({
    ...{ service: 's', discovery: registry, clock, random: randomStream('detectors'), request: PLAIN_REQUEST },
    transport: { send: () => {}, abandon: () => {} },
    strategy: strategyNamed('round-robin').withOptions({}),
    loadBalancer: { ...PLAIN_LOAD_BALANCER, panicThreshold: 0 },
    healthCheck: checked
      ? {
          settings: {
            ...({ system: 'envoy', intervalMs: 1000, timeoutMs: 500 } as const),
            ...{ unhealthyThreshold: 1, healthyThreshold: 1, intervalJitterMs: 0 },
          },
          probe: (_target, _timeoutMs, done) => {
            const timer = clock.schedule(0, () => done('pass'), 0);
            return () => clock.cancel(timer);
          },
        }
      : null,
    detectors: { heartbeat: maker('heartbeat', heartbeatsTrust), gossip: maker('gossip', true) },
    calls: new CallTable(1),
    observer: {
      onSend: () => {},
      onAttemptEnd: () => {},
      onView: (host, inView) => note(`${host.instance.id} ${inView ? 'in' : 'out of'} view`),
      onBelief: (host, good, cause, evidenceAtMs) =>
        note(`${good ? 'trust' : 'distrust'} ${host.instance.id} by ${cause} of ${evidenceAtMs}`),
      onPickable: (host, pickable) => note(`${pickable ? 'pickable' : 'not pickable'} ${host.instance.id}`),
      onPanic: () => {},
      onProbe: () => {},
    },
    onDone: () => {},
  });
  const taken = (): string[] => log.splice(0);
  return { clock, upstream, leases, taken, heartbeat: made.heartbeat as Told, gossip: made.gossip as Told };
}

it('either is enough against a host, and each is told under its own name', () => {
  const { clock, taken, heartbeat, gossip } = upstreamOf(true);
  expect(taken().filter((line) => line.startsWith('trust'))).toEqual([
    'trust a by registry of 0',
    'trust b by registry of 0',
  ]);
  clock.advance(100);
  heartbeat.say('a', true, 70);
  expect(taken()).toEqual(['distrust a by heartbeat of 70', 'not pickable a']);
  gossip.say('a', true, 80);
  heartbeat.say('a', false, 90);
  expect(taken()).toEqual([]);
  gossip.say('a', false, 95);
  expect(taken()).toEqual(['trust a by gossip of 95', 'pickable a']);
  gossip.say('b', true, 98);
  expect(taken()).toEqual(['distrust b by gossip of 98', 'not pickable b']);
});

it('where one trusts nobody unheard, a host is out until it is heard', () => {
  const { taken, heartbeat } = upstreamOf(false);
  expect(taken()).toEqual(['a in view', 'b in view']);
  heartbeat.say('a', false, 0);
  expect(taken()).toEqual(['trust a by heartbeat of 0', 'pickable a']);
});

it('a host must pass its checks as well', () => {
  const { clock, taken, heartbeat } = upstreamOf(false, true);
  heartbeat.say('a', false, 0);
  taken();
  clock.advance(1000);
  const [trusted] = taken().filter((line) => line.includes('trust'));
  expect(trusted).toMatch(/^trust a by activeCheck/);
  heartbeat.say('b', false, 1000);
  expect(taken()).toEqual(['trust b by heartbeat of 1000', 'pickable b']);
});

it('a host that leaves is forgotten, and what takes its place is judged anew', () => {
  const { upstream, leases, taken, heartbeat, gossip } = upstreamOf(true);
  gossip.say('a', true, 0);
  leases[0]?.revoke();
  expect([...heartbeat.hosts.keys(), ...gossip.hosts.keys()]).toEqual(['b', 'b']);
  taken();
  gossip.say('b', true, 0);
  expect(taken()).toEqual(['distrust b by gossip of 0', 'not pickable b']);
  upstream.close();
  expect(gossip.hosts.size).toBe(0);
});
