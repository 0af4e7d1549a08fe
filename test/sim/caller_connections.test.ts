import { expect, it } from 'vitest';
import { randomStream } from '../../src/core/random.ts';
import { Acceptor } from '../../src/sim/acceptor.ts';
import { CallerConnections } from '../../src/sim/connections.ts';
import { Engine } from '../../src/sim/engine.ts';
import type { Server } from '../../src/sim/server.ts';
import { trialOf } from '../helpers/trial.ts';

it('hears of a connection before it hears of its end, however long each packet takes', () => {
  const stories = new Set<string>();
  for (let seed = 0; seed < 200; seed++) {
    const trial = trialOf({ networkLatency: { kind: 'uniform', minMs: 1, maxMs: 50 } });
    const engine = new Engine();
    const acceptor = new Acceptor();
    const server = { index: 0, config: { id: 'a' }, isDark: false, acceptor } as unknown as Server;
    const connections = new CallerConnections(trial, engine, new Map([['a', server]]), randomStream(`${seed}`));
    const said: string[] = [];
    connections.connect({ id: 'a', address: 'a:1', zone: null, weight: 1 }, 1000, {
      onDone: (connected) => said.push(connected ? 'connected' : 'failed'),
      onLost: () => said.push('lost'),
    });
    // Some time while it is being made, or just after.
    engine.schedule(20 + seed, () => acceptor.end(), 0);
    engine.run(1000);
    stories.add(said.join(' '));
    expect(connections.generationOf(0)).toBe(-1);
  }
  expect([...stories].sort()).toEqual(['connected lost', 'failed']);
});
