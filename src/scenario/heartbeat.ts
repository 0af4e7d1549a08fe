import type { RegisteredDetector } from '../health/heartbeat/detector.ts';
import type { HeartbeatConfig } from '../sim/config.ts';
import { block, optional, required } from './blocks.ts';
import type { Form } from './form.ts';
import { policyForm } from './policy.ts';
import { duration, share } from './scalars.ts';

/** The most of messages that may be lost: where all are, there is nothing to try. */
const MOST_LOST = 0.99;

/** `heartbeat`: an interval below 1 ms is a slip. The default is that of Akka and of Cassandra's gossip. */
export function heartbeatForm(detectors: readonly RegisteredDetector[]): Form<HeartbeatConfig> {
  const fields = {
    interval: optional(duration({ min: 1 }, '1s'), 1000, 'How often each instance sends one to each caller.', '1s'),
    loss: lossField('heartbeat'),
    detector: required(
      policyForm('detector', detectors),
      "Who judges their absence: a name, or { name: { options } }. 'meshtrial list detectors' has them.",
    ),
  };
  return block('a block of heartbeats', fields, {
    make: ({ interval, loss, detector: { name, options } }) => ({
      intervalMs: interval,
      loss,
      detector: { name, options },
    }),
  });
}

export function lossField(what: string) {
  return optional(share({ min: 0, max: MOST_LOST }, false, '1%'), 0, `How likely each ${what} is lost.`, '0%');
}
