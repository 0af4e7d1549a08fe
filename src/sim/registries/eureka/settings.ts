/** Netflix Eureka: one server, its response cache, and a discovery client in every instance and caller. */
export interface EurekaSettings {
  readonly kind: 'eureka';
  /** From one heartbeat of an instance to the next. */
  readonly renewalIntervalMs: number;
  /** What an instance asks for. A renewal doubles it: see `EurekaServer`. */
  readonly leaseDurationMs: number;
  /** From the start of a process until it is registered. */
  readonly registrationDelayMs: number;
  readonly evictionIntervalMs: number;
  /** The share of expected renewals, and of the registry in one pass, below which nobody is evicted. */
  readonly renewalPercentThreshold: number;
  readonly selfPreservation: boolean;
  /** From one count of how many instances should renew to the next. */
  readonly renewalThresholdUpdateIntervalMs: number;
  /** From one refresh of the read-only response cache to the next; 0: there is none. */
  readonly responseCacheUpdateIntervalMs: number;
  /** From one fetch of a caller to the next. */
  readonly registryFetchIntervalMs: number;
}

/**
 * Defaults of eureka 1.x and 2.x: LeaseInfo (renewal 30 s, duration 90 s); DefaultEurekaServerConfig (eviction 60 s,
 * renewalPercentThreshold 0.85, self preservation on, threshold update 900 s, response cache 30 s);
 * DefaultEurekaClientConfig (fetch 30 s). Registration: the replicator waits 40 s (initialInstanceInfoReplication), but
 * the first heartbeat, 30 s after the start, is answered with 404 and registers (DiscoveryClient.renew); Spring Cloud
 * registers at once.
 */
export const EUREKA: EurekaSettings = {
  kind: 'eureka',
  renewalIntervalMs: 30_000,
  leaseDurationMs: 90_000,
  registrationDelayMs: 30_000,
  evictionIntervalMs: 60_000,
  renewalPercentThreshold: 0.85,
  selfPreservation: true,
  renewalThresholdUpdateIntervalMs: 900_000,
  responseCacheUpdateIntervalMs: 30_000,
  registryFetchIntervalMs: 30_000,
};
