import type { Random } from '../core/random.ts';
import type { HeartbeatDetector } from '../health/heartbeat/heartbeat_detector.ts';
import { detectorNamed } from '../health/heartbeat/index.ts';
import type { DetectorPorts, HostDetector } from '../health/host_detector.ts';
import type { HeartbeatConfig, TrialConfig } from './config.ts';
import type { Engine } from './engine.ts';
import { latencySampler } from './network.ts';
import type { Server } from './server.ts';

/**
 * Every instance's heartbeats: one to every caller at a fixed rate from a random phase, each over the network's latency
 * and lost by a coin of its own. A process that is down, unreachable or hung sends none; its schedule goes on meanwhile,
 * as that of a clock does.
 */
export class Heartbeats {
  private readonly engine: Engine;
  private readonly config: HeartbeatConfig;
  /** Of callers, by index. */
  private readonly detectors: HeartbeatDetector[] = [];

  constructor(trial: TrialConfig, config: HeartbeatConfig, engine: Engine, servers: readonly Server[], random: Random) {
    this.engine = engine;
    this.config = config;
    for (const server of servers) this.beat(server, trial, random.fork(server.config.id));
  }

  /** What makes the detector of that caller. */
  detectorOf(caller: number): (ports: DetectorPorts) => HostDetector {
    const { intervalMs, detector } = this.config;
    return (ports) => {
      const made = detectorNamed(detector.name).create({ ...ports, options: detector.options, intervalMs });
      this.detectors[caller] = made;
      return made;
    };
  }

  private beat(server: Server, trial: TrialConfig, random: Random): void {
    const { intervalMs } = this.config;
    const phaseMs = random.fork('phase').unit() * intervalMs;
    const coins = random.fork('loss');
    const latency = latencySampler(trial, random.fork('latency'));
    const tick = (sequence: number): void => {
      // Before it is sent: where a heartbeat and a deadline fall on one instant, the heartbeat comes first.
      this.engine.schedule(intervalMs, tick, sequence + 1);
      if (server.up) this.send(server.config.id, sequence, coins, latency);
    };
    this.engine.schedule(phaseMs, tick, 0);
  }

  private send(id: string, sequence: number, coins: Random, latency: () => number): void {
    const { engine, detectors, config } = this;
    const sentAtMs = engine.now();
    for (const detector of detectors) {
      if (config.loss > 0 && coins.unit() < config.loss) continue;
      const latencyMs = latency();
      if (latencyMs === 0) detector.heard(id, sequence, sentAtMs);
      else engine.schedule(latencyMs, () => detector.heard(id, sequence, sentAtMs), 0);
    }
  }
}
