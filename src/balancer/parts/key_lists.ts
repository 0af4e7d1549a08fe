import type { Random } from '../../core/random.ts';

/** With so many keys HAProxy takes an emptied one for a new key, if one of so many is one (FWLC_MIN_FREE_ENTRIES, and i > 3). */
const MANY_KEYS = 500;
const LOOKED_AT = 4;

const NONE = -1;

/** What a search makes of a server: it takes it, passes it by for now, passes it by since it is full, or has it moved first. */
export const [TAKES, AVOIDED, FULL, MISPLACED] = [0, 1, 2, 3];

/** By slot, one of these. */
export type Standing = (slot: number) => number;

const takesAny: Standing = () => TAKES;

/** What HAProxy keeps in one number, lb_seq. */
interface Start {
  smallest: number;
  /** Rises as servers move. */
  moves: number;
}

interface KeyNode {
  key: number;
  servers: number;
  inTree: boolean;
  /** By list: the server that has been there longest and the one that joined last, or NONE. */
  readonly firsts: Int32Array;
  readonly lasts: Int32Array;
}

/**
 * The tree of HAProxy's leastconn: servers (slots) by key, those of one key spread over lists, each in the order in which
 * they joined. A server joins a list drawn at random; a search draws where to begin at each key that it passes.
 *
 * A key whose last server has moved to another one stays, and searches pass it, until many keys are kept and its place is
 * needed; it goes at once where the server was taken out. Searches begin at `smallest`, below which nobody is. With one
 * list nothing is drawn.
 *
 * Keys in order are an array: a new key moves those above it. A search takes O(log keys) and a step for each emptied key
 * that it passes, which later searches do not pass until a server comes to a smaller key.
 * Source: HAProxy 3.5-dev5, src/lb_fwlc.c, fwlc_alloc_tree_elt, fwlc_queue_srv, fwlc_dequeue_srv, fwlc_srv_reposition and
 * fwlc_get_next_server, of one thread.
 */
export class KeyLists {
  private readonly lists: number;
  private readonly random: Random;
  private readonly tree: KeyNode[] = [];
  /** Where searches begin, of these servers and their backups: those at smaller keys are not found. */
  private readonly start: Start;
  /** What the search under way goes by. */
  private readonly seen: Start = { smallest: 0, moves: 0 };
  /** All keys there are, in the tree or not, from `oldest` on and round: who was looked at longest ago comes first. */
  private readonly kept: KeyNode[] = [];
  private oldest = 0;
  /** By slot: where the server is, and its neighbours in that list, or NONE. */
  private readonly nodes: (KeyNode | null)[] = [];
  private readonly listOf: number[] = [];
  private readonly before: number[] = [];
  private readonly after: number[] = [];

  constructor(lists: number, random: Random, start: Start = { smallest: 0, moves: 0 }) {
    this.lists = lists;
    this.random = random;
    this.start = start;
  }

  /** The lists of their backups: of emptied keys they have their own. */
  ofBackups(): KeyLists {
    return new KeyLists(this.lists, this.random, this.start);
  }

  get smallest(): number {
    return this.start.smallest;
  }

  /** Makes room for the slots below `slots`. */
  reserve(slots: number): void {
    while (this.nodes.length < slots) {
      this.nodes.push(null);
      this.listOf.push(0);
      this.before.push(NONE);
      this.after.push(NONE);
    }
  }

  /**
   * The server to pick. Those avoided are passed by, unless nobody else is left, and those that are full; but with one list
   * whoever waits behind one is passed by with it. Below 0 where somebody is not: one that is misplaced, which `misplaced`
   * names and which is to be moved first, or nobody. `goesOn`: that was done, and the search begins where it did before.
   */
  first(standing: Standing = takesAny, goesOn = false): number {
    const { tree } = this;
    if (!goesOn) this.look();
    let avoided = NONE;
    for (let at = this.placeOf(this.seen.smallest); at < tree.length; at = this.placeAfter(at)) {
      const found = this.firstOf(tree[at], this.drawList(), standing);
      if (found < NONE) return found;
      if (found === NONE) continue;
      if (standing(found) === TAKES) return found;
      avoided = found;
    }
    return avoided;
  }

  /** The search notes where searches begin. */
  private look(): void {
    this.seen.smallest = this.start.smallest;
    this.seen.moves = this.start.moves;
  }

  /**
   * Where the search goes on: at the next key, at which later ones begin; or, once, from the beginning where a server has
   * moved meanwhile.
   */
  private placeAfter(at: number): number {
    const { tree, start, seen } = this;
    const next = at + 1;
    const hasMoved = start.moves !== seen.moves;
    // As there: the key that the search comes upon is not noted, those it moves on to are.
    if (next < tree.length && !hasMoved) {
      start.smallest = tree[next].key;
      seen.smallest = start.smallest;
      return next;
    }
    if (!hasMoved) return next;
    this.look();
    return next === tree.length || seen.smallest < tree[next].key ? this.placeOf(seen.smallest) : next;
  }

  /** Of what `first` gave: the server that is misplaced, or -1. */
  static misplaced(found: number): number {
    return found < NONE ? NONE - 1 - found : NONE;
  }

  /** Takes in a server that is not there. */
  join(slot: number, key: number): void {
    this.link(slot, this.nodeFor(key));
  }

  /** Puts a server that is there to the end of those of its new key; with its old one it stays where it is. */
  move(slot: number, key: number): void {
    const old = this.nodes[slot] as KeyNode;
    if (old.key === key) return;
    const node = this.nodeFor(key);
    this.start.moves++;
    this.unlink(slot, old);
    this.link(slot, node);
  }

  /** Where a server that is there was placed. */
  keyOf(slot: number): number {
    return (this.nodes[slot] as KeyNode).key;
  }

  leave(slot: number): void {
    const node = this.nodes[slot] as KeyNode;
    this.unlink(slot, node);
    this.nodes[slot] = null;
    if (node.servers > 0) return;
    if (this.smallest === node.key) this.start.smallest = 0;
    this.cut(node);
  }

  /**
   * The first of a list that takes; where as many were passed by as there are servers one that was avoided, or NONE. One
   * that is misplaced is named, by what `misplaced` undoes, once each list was looked at.
   */
  private firstOf({ firsts, servers }: KeyNode, start: number, standing: Standing): number {
    const { lists } = this;
    if (lists === 1) return this.firstInLine(firsts[0], standing);
    let avoided = NONE;
    let looked = 0;
    for (let unusable = 0; unusable < servers; looked++) {
      const slot = firsts[(start + looked) % lists];
      if (slot === NONE) continue;
      const stands = standing(slot);
      if (stands === TAKES) return slot;
      if (stands === MISPLACED) {
        if (looked >= lists) return NONE - 1 - slot;
        continue;
      }
      if (stands === AVOIDED) avoided = slot;
      unusable++;
    }
    return avoided;
  }

  /** Before 3.2 they were looked at one by one. */
  private firstInLine(first: number, standing: Standing): number {
    let avoided = NONE;
    for (let slot = first; slot !== NONE; slot = this.after[slot]) {
      const stands = standing(slot);
      if (stands === TAKES) return slot;
      if (stands === MISPLACED) return NONE - 1 - slot;
      if (stands === AVOIDED) avoided = slot;
    }
    return avoided;
  }

  /** Puts a server to the end of a list of this key. */
  private link(slot: number, node: KeyNode): void {
    if (node.key < this.smallest) this.start.smallest = node.key;
    const { firsts, lasts } = node;
    const list = this.drawList();
    const last = lasts[list];
    if (last === NONE) firsts[list] = slot;
    else this.after[last] = slot;
    lasts[list] = slot;
    this.before[slot] = last;
    this.after[slot] = NONE;
    this.nodes[slot] = node;
    this.listOf[slot] = list;
    node.servers++;
  }

  private unlink(slot: number, node: KeyNode): void {
    const list = this.listOf[slot];
    const before = this.before[slot];
    const after = this.after[slot];
    if (before === NONE) node.firsts[list] = after;
    else this.after[before] = after;
    if (after === NONE) node.lasts[list] = before;
    else this.before[after] = before;
    node.servers--;
  }

  private nodeFor(key: number): KeyNode {
    const found = this.tree[this.placeOf(key)];
    if (found?.key === key) return found;
    const node = this.emptied() ?? this.made();
    node.key = key;
    node.inTree = true;
    this.tree.splice(this.placeOf(key), 0, node);
    return node;
  }

  private made(): KeyNode {
    const firsts = new Int32Array(this.lists).fill(NONE);
    const node = { key: 0, servers: 0, inTree: false, firsts, lasts: firsts.slice() };
    this.kept.splice(this.oldest, 0, node);
    this.turn();
    return node;
  }

  /** A key without servers, taken out of the tree; or null. */
  private emptied(): KeyNode | null {
    const { kept } = this;
    if (kept.length < MANY_KEYS) return null;
    for (let i = 0; i < LOOKED_AT; i++) {
      const node = kept[this.oldest];
      this.turn();
      if (node.servers > 0) continue;
      this.cut(node);
      if (i === 0) this.dropOrTurn();
      return node;
    }
    return null;
  }

  /** Where the first one looked at is empty, the one behind it is given up if it is empty as well. */
  private dropOrTurn(): void {
    const node = this.kept[this.oldest];
    if (node.servers > 0) {
      this.turn();
    } else {
      this.cut(node);
      this.kept.splice(this.oldest, 1);
      this.oldest %= this.kept.length;
    }
  }

  private turn(): void {
    this.oldest = (this.oldest + 1) % this.kept.length;
  }

  private cut(node: KeyNode): void {
    if (!node.inTree) return;
    this.tree.splice(this.placeOf(node.key), 1);
    node.inTree = false;
  }

  /** The place of the least key that is not below this one. */
  private placeOf(key: number): number {
    const { tree } = this;
    let low = 0;
    let high = tree.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (tree[middle].key < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** As HAProxy's statistical_prng_range: the draw's share of the range. */
  private drawList(): number {
    const { lists } = this;
    return lists === 1 ? 0 : Math.floor(((this.random.int32() >>> 0) * lists) / 2 ** 32);
  }
}
