import { crc32Measured, crc32Of, crc32Prefixed } from '../../core/hash/crc32.ts';
import { type KeyHashes, keyHashes } from '../../core/hash/key_hashes.ts';
import { type Key, type KeyText, NO_KEY } from '../../core/key.ts';
import type { LoadReport } from '../../core/load_report.ts';
import type { Outcome } from '../../core/outcome.ts';
import type { Host } from '../host.ts';
import { memberWeights } from '../parts/member_weights.ts';
import { type NginxFailures, USUAL_FAILURES } from '../parts/nginx_failures.ts';
import { takesPart } from '../parts/taking_part.ts';
import { beginning, type Explain, hashWords, hex32, ruled } from '../pick_reason.ts';
import type { RequestUnderWay, Strategy, StrategyPorts, WeightOf } from '../strategy.ts';
import { NginxHashBackups } from './nginx_hash_backups.ts';
import { SmoothRoundRobin } from './smooth_round_robin.ts';

/** Slots of hosts that are of no use; after one more round robin takes the request. */
const MAX_TRIES = 20;
/** A unit of slots in a request's memory: more than the tries there can be. */
const TRIES = 32;
/** Hashes are of 15 bits, so no slot beyond this many is found at once. */
const HASHES = 32_768;

/**
 * nginx's `hash` without `consistent` (ngx_http_upstream_hash_module.c, ngx_http_upstream_get_hash_peer), as
 * Cache::Memcached does it: each member has as many slots as it weighs, in order, and 15 bits of the key's CRC-32, modulo
 * the number of slots, say whose the key is. Where that host cannot be picked, or was tried for this request, the same
 * bits of the CRC-32 of 1 and the key in decimal notation, run together, are added; then of 2 and the key, and so on. A
 * retry goes on from there. After 21 slots of no use over all tries of the request, and for requests without a key or
 * with an empty one, it is round robin.
 *
 * So a host that fails moves its own keys only, but one that joins or leaves most. Of weights that sum to more than 32,768
 * those of later hosts count for less or nothing, as in nginx. It takes whole weights only: others share 32,768 slots by
 * running sums. O(log n) per slot looked at, O(n) where it is round robin, O(n) per rebuild.
 */
export class NginxModuloHash implements Strategy {
  private readonly keyText: KeyText;
  private readonly hashes: KeyHashes;
  /** Its memory: `TRIES` times the slots looked at, and those of them that were of no use. */
  private readonly request: RequestUnderWay;
  private readonly failures: NginxFailures;
  readonly everybody: SmoothRoundRobin;
  private members: readonly Host[] = [];
  /** Per member, whether it may be picked, and the slot after its last. */
  private usable = new Uint8Array(0);
  private ends = new Float64Array(0);
  /** By number, the CRC-32 of its decimal digits. */
  private prefixes = new Uint32Array(0);

  constructor({ keyText, request }: Pick<StrategyPorts, 'keyText' | 'request'>, failures = USUAL_FAILURES) {
    this.keyText = keyText;
    this.hashes = keyHashes(keyText, crc32Measured);
    this.request = request;
    this.failures = failures;
    this.everybody = new SmoothRoundRobin(failures);
  }

  rebuild(members: readonly Host[], eligible: readonly Host[], weightOf: WeightOf): void {
    this.everybody.rebuild(members, eligible, weightOf);
    const present = new Set(eligible);
    this.members = members.slice();
    this.usable = Uint8Array.from(members, (host) => (present.has(host) ? 1 : 0));
    this.ends = slotEnds(Float64Array.from(members, memberWeights(weightOf, present)));
    // As many slots as may be of no use, and each member once.
    this.prefixes = numberHashes(MAX_TRIES + 1 + members.length);
  }

  pick(key: Key): Host | null {
    this.request.memory = 0;
    return this.found(key, false) ?? this.everybody.pick();
  }

  pickAnother(key: Key): Host | null {
    return this.found(key, true) ?? this.everybody.pickAnother();
  }

  forBackups(): NginxHashBackups {
    const { keyText, request, failures } = this;
    return new NginxHashBackups(this, new NginxModuloHash({ keyText, request }, failures), request);
  }

  /** One member, for which no slot is looked at. */
  get alone(): boolean {
    return this.members.length === 1;
  }

  /** Whom a slot leads to; null where it is round robin. */
  private found(key: Key, passesTried: boolean): Host | null {
    const index = this.ownerFor(key, passesTried);
    return index === -1 ? null : this.members[index];
  }

  explainNext(key: Key, _attempt: number, another: boolean): Explain {
    const { members, ends, request } = this;
    const before = request.memory;
    if (!another) request.memory = 0;
    const found = this.ownerFor(key, another);
    request.memory = before;
    if (found === -1) return beginning(`${this.noSlotFor(key)}, so round robin`, this.everybody.explainNext());
    const at = this.hashes.at(key);
    const hash = this.hashes.low[at];
    const slots = ends[ends.length - 1];
    const slot = ((hash >>> 16) & 0x7fff) % slots;
    const first = ownerOf(ends, slot);
    const way = `${hashWords(key, hex32(hash))} leads to slot ${slot + 1} of ${slots}`;
    if (found === first) return () => ruled(way);
    const { id } = members[first].instance;
    const own = `${found === 0 ? 1 : ends[found - 1] + 1} to ${ends[found]}`;
    return () =>
      ruled(`${way}, of ${id}, which cannot be picked, is full or was tried; hashed again, to one of slots ${own}`);
  }

  private noSlotFor(key: Key): string {
    if (this.members.length < 2) return 'one host only';
    if (key === NO_KEY) return 'no key';
    const at = this.hashes.at(key);
    return this.hashes.high[at] === 0 ? 'an empty key' : `${MAX_TRIES + 1} slots in vain`;
  }

  /** The member to take the request, from where the last pick left off; -1 where it is round robin. */
  private ownerFor(key: Key, passesTried: boolean): number {
    const { members, ends, usable, request } = this;
    if (key === NO_KEY || members.length < 2) return -1;
    const at = this.hashes.at(key);
    const length = this.hashes.high[at];
    if (length === 0) return -1;
    const whole = this.hashes.low[at];
    const slots = ends[ends.length - 1];
    let tries = request.memory % TRIES;
    let looked = (request.memory - tries) / TRIES;
    let sum = 0;
    for (let rehash = 0; rehash < looked; rehash++) sum += this.slotHash(rehash, whole, length);
    let found = -1;
    while (found === -1 && tries <= MAX_TRIES) {
      sum += this.slotHash(looked++, whole, length);
      const index = ownerOf(ends, sum % slots);
      if (usable[index] === 1 && takesPart(members[index], passesTried)) found = index;
      else tries++;
    }
    request.memory = looked * TRIES + tries;
    return found;
  }

  /** The 15 bits of the key's CRC-32 with that number before it. */
  private slotHash(rehash: number, whole: number, length: number): number {
    const crc = rehash === 0 ? whole : crc32Prefixed(this.prefixes[rehash], whole, length);
    return (crc >>> 16) & 0x7fff;
  }

  onStart(): void {}

  onEnd(host: Host, latencyMs: number, outcome: Outcome, report: LoadReport | null): void {
    this.everybody.onEnd(host, latencyMs, outcome, report);
  }
}

/** Per host the slot after its last: running sums of weights, scaled and rounded where they are not whole. */
function slotEnds(weights: Float64Array): Float64Array<ArrayBuffer> {
  const ends = new Float64Array(weights.length);
  let sum = 0;
  for (let i = 0; i < weights.length; i++) {
    sum += weights[i];
    ends[i] = sum;
  }
  return weights.every(Number.isInteger) ? ends : ends.map((end) => Math.round((end / sum) * HASHES));
}

/** The first host that ends after the slot. */
function ownerOf(ends: Float64Array, slot: number): number {
  let low = 0;
  let high = ends.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ends[middle] > slot) high = middle;
    else low = middle + 1;
  }
  return low;
}

let numbers = new Uint32Array(0);

/** The CRC-32 of the decimal digits of at least the first `count` whole numbers. */
function numberHashes(count: number): Uint32Array<ArrayBuffer> {
  if (numbers.length < count) {
    const encoder = new TextEncoder();
    numbers = Uint32Array.from({ length: 2 * count }, (_, number) => crc32Of(encoder.encode(String(number))));
  }
  return numbers;
}
