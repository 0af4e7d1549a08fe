/** Left: it has said itself that it goes. */
export type MemberState = 'alive' | 'suspect' | 'dead' | 'left';

/** What somebody says of a member. Of two about one member that of the higher incarnation holds. */
export interface Rumour {
  readonly about: string;
  readonly state: MemberState;
  /** Only the member itself raises it, to say that it lives. */
  readonly incarnation: number;
  /** Who first said so: suspicions of different members confirm each other. */
  readonly from: string;
  /** When what it rests on arose (the probe was sent that had no answer), by the clock of whoever found it. */
  readonly evidenceAtMs: number;
}

/** What members send each other: plain data. All but an exchange fits a datagram, and may be lost. */
export type SwimMessage = Ping | Ack | IndirectPing | Gossip | Exchange;

interface Told {
  readonly from: string;
  /** What is new to its sender, told along. */
  readonly rumours: readonly Rumour[];
}

export interface Ping extends Told {
  readonly kind: 'ping';
  readonly sequence: number;
}

interface Ack extends Told {
  readonly kind: 'ack';
  readonly sequence: number;
}

/** Please probe the target for me, and send me its answer under my number. */
export interface IndirectPing extends Told {
  readonly kind: 'indirectPing';
  readonly sequence: number;
  readonly target: string;
}

interface Gossip extends Told {
  readonly kind: 'gossip';
}

/** All that is known, over a connection: neither lost nor bounded. Answered by the same, unless it is an answer itself. */
interface Exchange extends Told {
  readonly kind: 'exchange';
  readonly answer: boolean;
}
