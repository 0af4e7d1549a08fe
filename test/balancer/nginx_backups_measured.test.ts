import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Balancer } from '../../src/balancer/balancer.ts';
import { strategyNamed } from '../../src/balancer/strategies/index.ts';
import { type Key, NO_KEY } from '../../src/core/key.ts';
import type { WrittenOptions } from '../../src/core/options.ts';
import { Outcome } from '../../src/core/outcome.ts';
import { randomStream } from '../../src/core/random.ts';
import { nginxMaxFails } from '../../src/health/accrual/nginx_max_fails.ts';
import type { PassiveHealth } from '../../src/health/passive.ts';
import { balancerWith, hostNamed, instance } from '../helpers/balancing.ts';
import { ManualClock } from '../helpers/manual_clock.ts';
import { scriptedRandom } from '../helpers/scripted_random.ts';

// What the upstream modules of nginx 1.31.5 (commit 3f6f7824) picked and drew, compiled as they are published and asked by
// a small program in the place of requests, over servers of which some are backups, with requests under way together,
// failures, tries again, servers that go down and come up, and time.

interface Run {
  readonly strategy: string;
  readonly options: WrittenOptions;
  readonly weights: readonly number[];
  /** `max_conns`; 0, or absent: none. */
  readonly limits?: readonly number[];
  /** How many servers are no backups, the first ones. */
  readonly others: number;
  /** Absent: 0. */
  readonly maxFails?: number;
  /** In seconds. */
  readonly failTimeout?: number;
  /**
   * `0=a`, request 0 has a; `1/7=a`, one with key 7; `0!=b`, its try has failed and it has b; `=x`, nobody; `=end`, it is tried no
   * more; `0!`, it has failed and is not tried again; `0.`, it is answered; `+3`, 3 s pass; `a-` and `a+`, a goes down and comes up.
   */
  readonly record: string;
  readonly draws: readonly number[];
}

interface Request {
  readonly key: Key;
  readonly tried: string[];
  memory: number;
}

const runs: readonly Run[] = JSON.parse(
  readFileSync(new URL('./nginx_backups_measured.json', import.meta.url), 'utf8'),
);

describe('backups in nginx', () => {
  test.each(runs.map((run, i) => [i, run.strategy, run.options, run.weights, run.others, run] as const))(
    '%i: %s %o, weights %j, the first %i of them no backups',
    (_i, _name, _options, _weights, _others, run) => {
      const random = scriptedRandom(run.draws);
      const replay = new Replay(run, random);
      expect(
        run.record
          .split(' ')
          .map((word) => replay.word(word))
          .join(' '),
      ).toBe(run.record);
      expect(() => random.uint32()).toThrow('asked for one more');
    },
  );
});

class Replay {
  private readonly clock = new ManualClock();
  private readonly balancer: Balancer;
  private readonly health: PassiveHealth;
  private readonly ids: readonly string[];
  private readonly down = new Set<string>();
  private readonly out = new Set<string>();
  private readonly requests = new Map<string, Request>();

  constructor(run: Run, random: ReturnType<typeof scriptedRandom>) {
    const { strategy, options, weights, limits = [], others, maxFails = 0, failTimeout = 10 } = run;
    const { clock } = this;
    this.balancer = balancerWith({
      strategy: strategyNamed(strategy).withOptions(options),
      random,
      clock,
      keyText: String,
    });
    this.ids = weights.map((_, i) => 'abcdefgh'[i]);
    this.balancer.update(
      weights.map((weight, i) => ({
        ...{ ...instance(this.ids[i], weight), address: `127.0.0.1:${9101 + i}`, backup: i >= others },
        ...(limits[i] > 0 && { maxConnections: limits[i] }),
      })),
    );
    this.health = nginxMaxFails.create({
      clock,
      random: randomStream('health'),
      options: { maxFails, failTimeout: failTimeout * 1000 },
      listener: (place, out) => {
        if (out) this.out.add(this.ids[place]);
        else this.out.delete(this.ids[place]);
        this.judge(this.ids[place]);
      },
    });
    weights.forEach((_, place) => {
      this.health.add(place);
    });
  }

  /** What becomes of a word of the record. */
  word(word: string): string {
    if (word.startsWith('+')) {
      this.clock.advance(Number(word) * 1000);
      return word;
    }
    if (/^[a-h][+-]$/.test(word)) {
      if (word[1] === '-') this.down.add(word[0]);
      else this.down.delete(word[0]);
      this.judge(word[0]);
      return word;
    }
    const [, id, key = '', does, had] = /^(\d+)(?:\/(\d+))?([.!]?)(=?)/.exec(word) as RegExpExecArray;
    if (does === '') {
      this.requests.set(id, { key: key === '' ? NO_KEY : Number(key), tried: [], memory: 0 });
      return `${word.split('=')[0]}=${this.sent(id)}`;
    }
    this.ended(id, does === '.' ? Outcome.ok : Outcome.reset);
    return had === '' ? word : `${id}!=${this.sent(id)}`;
  }

  private sent(id: string): string {
    const { balancer } = this;
    const request = this.requests.get(id) as Request;
    if (request.tried.length >= balancer.mostTries) return 'end';
    const tried = request.tried.map((each) => hostNamed(balancer, each));
    balancer.request.memory = request.memory;
    for (const host of tried) host.tried = true;
    const host = balancer.pick(request.key, 0, 0, null, tried.length > 0);
    for (const host of tried) host.tried = false;
    request.memory = balancer.request.memory;
    if (host === null) return 'x';
    request.tried.push(host.instance.id);
    balancer.acquire(host);
    this.health.started(this.ids.indexOf(host.instance.id));
    return host.instance.id;
  }

  private ended(id: string, outcome: Outcome): void {
    const server = (this.requests.get(id) as Request).tried.at(-1) as string;
    this.balancer.release(hostNamed(this.balancer, server), 1, outcome);
    this.health.ended(this.ids.indexOf(server), outcome);
  }

  private judge(id: string): void {
    this.balancer.setHealthy(hostNamed(this.balancer, id), !this.down.has(id) && !this.out.has(id));
  }
}
