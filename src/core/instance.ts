/** A server that callers may be sent to: one in the world, however many callers see it. */
export interface Instance {
  /** Unique within its service. */
  readonly id: string;
  /**
   * `host:port`, as a caller would dial it. Two instances at one address are two servers, as in nginx and HAProxy; Envoy
   * keeps the first of them (eds.cc), gRPC refuses the list (unmarshal_eds.go), and so does a scenario.
   */
  readonly address: string;
  /** Failure domain, or null where none was named. */
  readonly zone: string | null;
  /** Share of load relative to the others, >= 0; 0 takes the instance out of balancing. */
  readonly weight: number;
  /** Level of failover, from 0, the first to be used. Absent: 0. */
  readonly priority?: number | undefined;
  /** Used only when nobody who is no backup can be. Absent: false. */
  readonly backup?: boolean | undefined;
  /**
   * What one caller may have in flight to it: nginx's max_conns, with a shared zone, and HAProxy's maxconn. Absent: any
   * number. Only policies of those two look at it.
   */
  readonly maxConnections?: number | undefined;
  /** What it may have of them at least while few requests are under way: HAProxy's minconn. Absent: all. */
  readonly minConnections?: number | undefined;
  /** What subsets are chosen by. Absent: none. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}
