import { NO_TIMER, type TimerId } from '../../../core/clock.ts';
import type { Random } from '../../../core/random.ts';
import type { TrialConfig } from '../../config.ts';
import { latencySampler } from '../../network.ts';
import { instanceOf } from '../lease_presence.ts';
import { checksAtNode, tellingChecks } from '../node_checks.ts';
import { createOutages, type Outages } from '../outages.ts';
import type { RegistryPorts, RegistrySystem } from '../registry_system.ts';
import { type ConsulAgent, createConsulAgent } from './agent.ts';
import { type ConsulCatalog, createConsulCatalog } from './catalog.ts';
import { createConsulPresence } from './presence.ts';
import { createConsulQueries } from './queries.ts';
import { drawNodeDeath } from './serf_failure.ts';
import type { ConsulSettings } from './settings.ts';
import { consulDiscovery } from './watch.ts';

/** Servers beside the nodes of instances, where the number of nodes is not written. */
const SERVERS = 3;

/**
 * Consul: each instance is registered with the agent at its node, which checks it where `healthCheck.by` is node; the
 * catalog is the servers' copy; callers learn of it by blocking queries. Agents watch one another, so that a dead machine
 * is found although its agent died with it. Down means that there is no leader; agents and their checks go on.
 */
export function createConsulSystem(settings: ConsulSettings, ports: RegistryPorts): RegistrySystem {
  const { trial, engine, random } = ports;
  const nodes = settings.nodes ?? trial.instances.length + SERVERS;
  const outages = createOutages();
  const catalog = createConsulCatalog(engine);
  const gossip = createNodeWatch(settings, nodes, ports, catalog, outages);
  const agents: ConsulAgent[] = [];
  const callers = trial.callers.map(({ id, zone }) => {
    const stream = random.fork(`callers/${id}`);
    const queries = createConsulQueries({
      clock: engine,
      random: stream.fork('wait'),
      catalog,
      waitMs: settings.waitMs,
      isCutOff: () => outages.cutsOff(zone),
      isStale: outages.isStale,
    });
    const discovery = consulDiscovery({
      clock: engine,
      ask: queries.ask,
      first: () => catalog.read(-1),
      latencyMs: latencySampler(trial, stream.fork('latency')),
      queryRatePerMs: settings.queryRatePerMs,
    });
    return { queries, discovery };
  });
  return {
    presenceOf(server) {
      const { config } = server;
      const { id, zone } = config;
      const stream = random.fork(id);
      const checks = checksAtNode(ports, server);
      const agent = createConsulAgent({
        clock: engine,
        random: stream.fork('agent'),
        settings: { ...settings, deregisterCriticalServiceAfterMs: reapAfterMs(settings, trial) },
        instance: instanceOf(config),
        checks,
        nodes,
        canReach: () => !outages.cutsOff(zone),
        sync: (entry) => catalog.sync(id, entry),
      });
      agents.push(agent);
      const onMachine = gossip.watch(id);
      const { ttlCheck } = settings;
      const isUp = (): boolean => server.up;
      const presence = createConsulPresence({ clock: engine, random: stream, ttlCheck, agent, isUp, onMachine });
      return checks === null ? presence : tellingChecks(presence, checks);
    },
    discoveryOf: (caller) => callers[caller].discovery,
    setOutage(mode, zone, on) {
      outages.set(mode, zone, on);
      for (const { queries } of callers) queries.outageChanged();
      if (on) return;
      gossip.leaderBack();
      for (const agent of agents) agent.reachable();
    },
  };
}

/** The least of what the TTL check and the node's check say, each of which has its own; null: never. */
function reapAfterMs(settings: ConsulSettings, { healthCheck }: TrialConfig): number | null {
  const own = settings.deregisterCriticalServiceAfterMs;
  if (healthCheck?.by !== 'node' || healthCheck.settings.system !== 'consul') return own;
  const { deregisterCriticalServiceAfterMs: ofCheck } = healthCheck.settings;
  return own === null || ofCheck === null ? (own ?? ofCheck) : Math.min(own, ofCheck);
}

/** What the group of agents makes of its members, as far as the leader has written it into the catalog. */
interface NodeWatch {
  /** Returns what to call when that node's machine is gone, or back. */
  watch(id: string): (present: boolean) => void;
  /** There may be a leader again: it writes down what happened meanwhile. */
  leaderBack(): void;
}

function createNodeWatch(
  settings: ConsulSettings,
  nodes: number,
  { engine, random }: RegistryPorts,
  catalog: ConsulCatalog,
  outages: Outages,
): NodeWatch {
  const unwritten = new Map<string, { readonly alive: boolean; readonly evidenceAtMs: number }>();
  const leaderBack = (): void => {
    if (outages.isDown()) return;
    for (const [id, { alive, evidenceAtMs }] of unwritten) catalog.setNode(id, alive, evidenceAtMs);
    unwritten.clear();
  };
  function found(id: string, alive: boolean, evidenceAtMs: number): void {
    unwritten.set(id, { alive, evidenceAtMs });
    leaderBack();
  }
  return {
    leaderBack,
    watch(id) {
      const stream: Random = random.fork(`serf/${id}`);
      let verdict: TimerId = NO_TIMER;
      return (present) => {
        engine.cancel(verdict);
        const nowMs = engine.now();
        if (present) {
          // It refutes the suspicion, or joins again: the leader hears it as quickly as any news.
          verdict = engine.schedule(settings.syncLatencyMs, () => found(id, true, nowMs), 0);
          return;
        }
        const { suspectedMs, declaredMs } = drawNodeDeath({ ...settings, nodes }, stream);
        verdict = engine.schedule(declaredMs, () => found(id, false, nowMs + suspectedMs), 0);
      };
    },
  };
}
