/** Envoy's active health checking, as DESIGN.md section 4 writes it. Times in milliseconds. */
export interface HealthCheckSettings {
  readonly kind: 'http' | 'tcp';
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly unhealthyThreshold: number;
  readonly healthyThreshold: number;
  /** Up to this much, drawn uniformly, is added to each interval. Default 0. */
  readonly intervalJitterMs: number;
}
