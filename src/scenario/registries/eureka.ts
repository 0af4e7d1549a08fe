import { EUREKA, type EurekaSettings } from '../../sim/registries/eureka/settings.ts';
import { block, optional } from '../blocks.ts';
import type { Form } from '../form.ts';
import { share, trueOrFalse } from '../scalars.ts';
import { formatShare } from '../units.ts';
import { kindField } from './kinds.ts';
import { time } from './times.ts';

export function eurekaForm(): Form<EurekaSettings> {
  const { renewalPercentThreshold, selfPreservation } = EUREKA;
  const fields = {
    kind: kindField('eureka'),
    renewalInterval: time(EUREKA.renewalIntervalMs, 'From one heartbeat of an instance to the next.'),
    leaseDuration: time(EUREKA.leaseDurationMs, 'Of a lease; twice that once it was renewed, as in the real server.'),
    registrationDelay: time(EUREKA.registrationDelayMs, 'From the start of a process to its registration.', { min: 0 }),
    evictionInterval: time(EUREKA.evictionIntervalMs, 'From one eviction pass to the next.'),
    renewalPercentThreshold: optional(
      share({}, false, '85%'),
      renewalPercentThreshold,
      'Below this share of expected renewals nobody is evicted; a pass evicts at most the rest of the registry.',
      formatShare(renewalPercentThreshold),
    ),
    selfPreservation: optional(
      trueOrFalse(),
      selfPreservation,
      'Whether nobody is evicted while too few renew.',
      String(selfPreservation),
    ),
    renewalThresholdUpdateInterval: time(
      EUREKA.renewalThresholdUpdateIntervalMs,
      'How often the server counts who should renew.',
    ),
    responseCacheUpdateInterval: time(
      EUREKA.responseCacheUpdateIntervalMs,
      'From one refresh of what the server answers to the next; 0s: it answers what is true.',
      { min: 0 },
    ),
    registryFetchInterval: time(EUREKA.registryFetchIntervalMs, 'From one fetch of a caller to the next.'),
  };
  return block('a eureka registry', fields, {
    check: ({ responseCacheUpdateInterval: interval = 0 }, site) => {
      if (interval === 0 || interval >= 1) return;
      // Such an interval would be all that a run does.
      site.report('responseCacheUpdateInterval', 'expected 0s or at least 1ms, found less than 1ms', 'write 0s or 1ms');
    },
    make: (values) => ({
      kind: values.kind,
      renewalIntervalMs: values.renewalInterval,
      leaseDurationMs: values.leaseDuration,
      registrationDelayMs: values.registrationDelay,
      evictionIntervalMs: values.evictionInterval,
      renewalPercentThreshold: values.renewalPercentThreshold,
      selfPreservation: values.selfPreservation,
      renewalThresholdUpdateIntervalMs: values.renewalThresholdUpdateInterval,
      responseCacheUpdateIntervalMs: values.responseCacheUpdateInterval,
      registryFetchIntervalMs: values.registryFetchInterval,
    }),
  });
}
