import { expect } from 'vitest';
import type { Host } from '../../src/balancer/host.ts';
import { strategyNamed } from '../../src/balancer/strategies/index.ts';
import type { Strategy } from '../../src/balancer/strategy.ts';
import { NO_KEY } from '../../src/core/key.ts';
import type { LoadReport } from '../../src/core/load_report.ts';
import type { WrittenOptions } from '../../src/core/options.ts';
import { Outcome } from '../../src/core/outcome.ts';
import type { Random } from '../../src/core/random.ts';
import { hostsOf, pickOf, rebuilt } from './hosts.ts';
import { ManualClock } from './manual_clock.ts';
import { ports } from './ports.ts';
import { reportOf } from './reporting_hosts.ts';
import { scriptedRandom } from './scripted_random.ts';

// For picks that were measured on a proxy: HTTP servers a, b, c, ... of these weights on the ports of 127.0.0.1 from
// 9101 on, keys that are decimal numbers, and a note of who got each request. Or on the code of a policy.

/** At what time, and how often the server had been reweighed and its requests forgotten by then. */
type SentAs = readonly [atMs: number, reweighed: number, forgotten: number];

export interface Rig {
  readonly strategy: Strategy;
  /** All there are, members or not; who comes back is another. */
  readonly hosts: Host[];
  members: readonly Host[];
  readonly clock: ManualClock;
  readonly random: Random;
  /** When each request that a server holds was sent, the first one first. */
  readonly sent: ReadonlyMap<string, SentAs[]>;
  /** What each server says of its load with every answer. */
  readonly reports: Map<string, LoadReport>;
}

/**
 * `without`: the servers that cannot be picked. `draws`: what the proxy drew, all of it. `spare`: servers of weight 1 that may
 * join. `named`: their addresses are names, which Finagle's balancers take in this order.
 */
export function rigOf(
  name: string,
  options: WrittenOptions,
  weights: readonly number[],
  {
    without = '',
    draws = [],
    spare = 0,
    named = false,
  }: { without?: string; draws?: readonly number[]; spare?: number; named?: boolean } = {},
): Rig {
  const hosts = hostsOf(
    [...weights, ...Array<number>(spare).fill(1)].map((weight, i) => ({
      id: String.fromCharCode(97 + i),
      address: `${named ? `host-${i}` : '127.0.0.1'}:${9101 + i}`,
      weight,
    })),
  );
  const clock = new ManualClock();
  const random = scriptedRandom(draws);
  const strategy = strategyNamed(name).create({ options, ...ports({ keyText: String, random, clock }) });
  for (const host of hosts) host.healthy = !without.includes(host.instance.id);
  const members = hosts.slice(0, weights.length);
  const rig: Rig = {
    strategy,
    hosts,
    members,
    clock,
    random,
    sent: new Map(hosts.map(({ instance }) => [instance.id, []])),
    reports: new Map(),
  };
  tell(rig);
  return rig;
}

/** Tells the strategy who is up and what each weighs. */
function tell({ strategy, members }: Rig): void {
  rebuilt(
    strategy,
    members,
    members.filter(({ healthy }) => healthy),
  );
}

const pickedBy = ({ strategy }: Rig, key: number): string => pickOf(strategy, key).instance.id;

/** Who gets the keys from 0 on. */
export function keyed(rig: Rig, count: number): string {
  return Array.from({ length: count }, (_, key) => pickedBy(rig, key)).join('');
}

/** The record of requests each of which was answered before the next, again, with all that was drawn and no more. */
export function expectSameInTurn(rig: Rig, record: string): void {
  expect(replayed(rig, record.replace(/(?<= |^)[a-z](?= |$)/g, '?'))).toBe(record);
  expect(() => rig.random.uint32()).toThrow('asked for one more');
}

/** The record again, with all that was drawn and no more. */
export function expectSame(rig: Rig, record: string): void {
  expect(replayed(rig, record)).toBe(record);
  expect(() => rig.random.uint32()).toThrow('asked for one more');
}

/** Who gets requests without a key, each answered before the next. */
export function inTurn(rig: Rig, count: number): string {
  return replayed(rig, Array(count).fill('?').join(' ')).replaceAll(' ', '');
}

/** Who is tried for each key from 0 on, in words: by the word as many as were tried there. */
export function tried(rig: Rig, words: string): string {
  return words
    .split(' ')
    .map((word, key) => triedBy(rig, key, word.length))
    .join(' ');
}

function triedBy({ strategy, members }: Rig, key: number, tries: number): string {
  let word = pickTried(pickOf(strategy, key));
  while (word.length < tries) word += pickTried(strategy.pickAnother?.(key, 0, 0) as Host);
  for (const host of members) host.tried = false;
  return word;
}

function pickTried(host: Host): string {
  host.tried = true;
  return host.instance.id;
}

/**
 * What becomes of a record of requests: `a`, a gets one and holds it; `a5`, one with key 5; `a!`, a resets the connection;
 * `-a`, the first one that a holds ends, `-a!` with an error; `+5`, 5 ms pass; `a:down`, `a:up` and `a:7`, a goes down, comes up and is given
 * the weight 7; `a:out`, `a:in`, it is ejected and let back in; `a a:down`, a is down since just that request was let through to it; `a*100/0.5/2`, its answers say from now on that it has 100
 * requests a second, is used by 0.5 and has 2 errors a second; `=abc`, the members are now these, and who joins is up. One
 * to `?` is answered before the next.
 */
export function replayed(rig: Rig, record: string): string {
  return record
    .split(' ')
    .map((word, i, words) => {
      if (word.startsWith('+')) {
        rig.clock.advance(Number(word));
        return word;
      }
      if (word.includes('*')) {
        const [qps, utilization, errors] = word.slice(2).split('/').map(Number);
        rig.reports.set(word[0], reportOf(utilization, qps, errors));
        return word;
      }
      if (word.includes(':') || word.startsWith('=')) {
        if (word.startsWith('=')) join(rig, word.slice(1));
        else change(rig, word);
        if (i > 0 && shutsBySending(words[i - 1], word)) rig.strategy.onSent?.();
        return word;
      }
      const [, ended, server, key, failed] = /^(-?)(.)(\d*)(!?)$/.exec(word) as RegExpExecArray;
      if (ended === '-') end(rig, named(rig, server), failed === '!' ? Outcome.error : Outcome.ok);
      if (ended === '-') return word;
      const host = pickOf(rig.strategy, key === '' ? NO_KEY : Number(key));
      host.inFlight++;
      rig.sent.get(host.instance.id)?.push([rig.clock.now(), host.reweighed, host.forgotten]);
      rig.strategy.onStart(host);
      if (!shutsBySending(word, words[i + 1])) rig.strategy.onSent?.();
      if (failed === '!') end(rig, host, Outcome.reset);
      else if (server === '?') end(rig, host, Outcome.ok);
      return host.instance.id + key + failed;
    })
    .join(' ');
}

/** Whether a host goes down since it was let through to for just the request before. */
function shutsBySending(request: string, news = ''): boolean {
  return request.length === 1 && news === `${request}:down`;
}

/**
 * Who gets the requests of a record, then so many while this server cannot be picked, and so many when it can be again,
 * each answered before the next.
 */
export function aroundAbsence(rig: Rig, record: string, server: string, [without, after]: [number, number]): string {
  const before = replayed(rig, record);
  change(rig, `${server}:down`);
  const meanwhile = inTurn(rig, without);
  change(rig, `${server}:up`);
  return `${before} | ${meanwhile} | ${inTurn(rig, after)}`;
}

function change(rig: Rig, word: string): void {
  const [server, what] = word.split(':');
  const host = named(rig, server);
  if (/^\d+$/.test(what)) {
    host.weight = Number(what);
    host.reweighed++;
  } else {
    host.healthy = what === 'up' || what === 'in';
    rig.strategy.onNews?.(host, what === 'up');
  }
  tell(rig);
}

function join(rig: Rig, ids: string): void {
  rig.hosts.forEach((host, i) => {
    if (!rig.members.includes(host)) rig.hosts[i] = { ...host, healthy: true, inFlight: 0 };
  });
  rig.members = Array.from(ids, (id) => named(rig, id));
  rig.strategy.onNews?.(null, false);
  tell(rig);
}

const named = ({ hosts }: Rig, id: string): Host => hosts.find(({ instance }) => instance.id === id) as Host;

function end({ strategy, clock, sent, reports }: Rig, host: Host, outcome: Outcome): void {
  const [sentMs, reweighed, forgotten] = sent.get(host.instance.id)?.shift() ?? [
    clock.now(),
    host.reweighed,
    host.forgotten,
  ];
  host.inFlight--;
  strategy.onEnd(host, clock.now() - sentMs, outcome, reports.get(host.instance.id) ?? null, reweighed, forgotten);
}
