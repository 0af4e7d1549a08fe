import { type ConnectionSettings, GRPC_CONNECTIONS, JAVA_CONNECT_TIMEOUT_MS } from '../core/connectivity.ts';
import { block, optional } from './blocks.ts';
import type { Form } from './form.ts';
import { choice, duration, number, share, trueOrFalse } from './scalars.ts';

/** `connections`: a block of nothing is gRPC's connections as they are where nothing else is said. */
export function connectionsForm(): Form<ConnectionSettings> {
  const grpc = GRPC_CONNECTIONS;
  const fields = {
    system: optional(
      choice(['grpc-go', 'grpc-java', 'grpc-core']),
      grpc.system,
      'Whose: in grpc-go a wait begins as an attempt fails and the first is not jittered, in grpc-java and core (C++) it begins with the attempt; and they choose priorities differently where all fail.',
      'grpc-go',
    ),
    initialBackoff: optional(
      duration({ above: 0 }, '1s'),
      grpc.initialBackoffMs,
      'The wait after a first failed attempt to connect.',
      '1s',
    ),
    multiplier: optional(
      number({ min: 1, max: 1_000 }, '1.6'),
      grpc.multiplier,
      'After each further failure the wait is so many times as long.',
      '1.6',
    ),
    maxBackoff: optional(duration({ above: 0 }, '2m'), grpc.maxBackoffMs, 'The longest wait, before jitter.', '2m'),
    jitter: optional(share({}, true, '20%'), grpc.jitter, 'Each wait is drawn within so much of itself.', '20%'),
    minConnectTimeout: optional(
      duration({ above: 0 }, '20s'),
      null,
      'How long an attempt may take; but in grpc-java as long as the wait after it where that is longer.',
      '20s, in grpc-java 30s',
    ),
    waitForReady: optional(
      trueOrFalse(),
      grpc.waitForReady,
      'Whether requests wait even where every connection fails; otherwise they wait only while one may yet be made. Once one stands, all that wait are sent at once.',
      'false',
    ),
    failoverTimeout: optional(
      duration({ above: 0 }, '10s'),
      grpc.failoverTimeoutMs,
      'How long a priority may connect before the next one is used.',
      '10s',
    ),
  };
  return block('a block of connections', fields, {
    check: ({ initialBackoff, maxBackoff }, site) => {
      if (initialBackoff === undefined || maxBackoff === undefined || initialBackoff <= maxBackoff) return;
      site.report('maxBackoff', 'expected a maxBackoff of at least initialBackoff, found less', 'raise it');
    },
    make: ({ system, initialBackoff, maxBackoff, minConnectTimeout, failoverTimeout, ...others }) => ({
      system,
      ...others,
      initialBackoffMs: initialBackoff,
      maxBackoffMs: maxBackoff,
      minConnectTimeoutMs:
        minConnectTimeout ?? (system === 'grpc-java' ? JAVA_CONNECT_TIMEOUT_MS : grpc.minConnectTimeoutMs),
      failoverTimeoutMs: failoverTimeout,
    }),
  });
}
