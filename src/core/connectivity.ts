/**
 * What a caller has of a connection to a host, as gRPC has it (doc/connectivity-semantics-and-api.md). Numbers, since picks
 * look at them.
 */
export const Connectivity = {
  /** None, and nobody has asked for one. */
  idle: 0,
  /** The first attempt since it was idle is under way. */
  connecting: 1,
  ready: 2,
  /** Attempts fail, or the host is not to be used though its connection stands; it stays so until it is ready (A62, sticky). */
  transientFailure: 3,
} as const;

export type Connectivity = (typeof Connectivity)[keyof typeof Connectivity];

/** Whose connections: the three implementations of gRPC differ in when they try again. */
export type ConnectionSystem = 'grpc-go' | 'grpc-java' | 'grpc-core';

/** How a caller keeps connections to its hosts, and what becomes of requests while it has none. */
export interface ConnectionSettings {
  readonly system: ConnectionSystem;
  /** What it waits after a first failure; after each further one `multiplier` times as long, `maxBackoffMs` at most. */
  readonly initialBackoffMs: number;
  readonly multiplier: number;
  readonly maxBackoffMs: number;
  /** Each wait is drawn within this share of itself, to both sides. */
  readonly jitter: number;
  /** An attempt is given up after that long, or after the wait that follows it where that is longer, but for grpc-java. */
  readonly minConnectTimeoutMs: number;
  /** Whether requests wait, too, where all connections fail. */
  readonly waitForReady: boolean;
  /** How long a priority may connect before the next one is used. */
  readonly failoverTimeoutMs: number;
}

/**
 * gRPC's doc/connection-backoff.md with the values its implementations have: grpc-go, backoff/backoff.go, DefaultConfig and
 * clientconn.go, minConnectTimeout; grpc-java, ExponentialBackoffPolicy.java; core, subchannel.cc. The failover timer: A56.
 * Releases of core up to 1.51.1 at least do not jitter the first wait (measured), its newest source does (backoff.cc).
 */
export const GRPC_CONNECTIONS: ConnectionSettings = {
  system: 'grpc-go',
  initialBackoffMs: 1_000,
  multiplier: 1.6,
  maxBackoffMs: 120_000,
  jitter: 0.2,
  minConnectTimeoutMs: 20_000,
  waitForReady: false,
  failoverTimeoutMs: 10_000,
};

/**
 * grpc-java bounds no attempt itself (InternalSubchannel.java, startNewTransport). Netty, its transport, gives up a TCP
 * connection after 30 s, which grpc-netty leaves as it is (DefaultChannelConfig.java; NettyClientTransport.java, start): 30.02
 * s measured at a host that answers no packet. After that nothing bounds the wait for the server's settings
 * (NettyClientHandler.java, onSettingsRead), which here ends with the attempt: a `minConnectTimeoutMs` longer than the run
 * is as there where a process hangs.
 */
export const JAVA_CONNECT_TIMEOUT_MS = 30_000;
