import { Client } from 'undici';
import type { Instance } from '../core/instance.ts';
import type { Probe, ProbeAnswer } from '../health/probe.ts';

export interface HttpProbeOptions {
  /** What to GET. Default `/healthz`. */
  readonly path?: string;
  /** The statuses that pass; any other is a bad answer. Default 200 alone, as in Envoy. */
  readonly expectedStatuses?: readonly number[];
}

/**
 * Probes over HTTP/1.1. An answer passes or is bad by its status, once its body has ended; x-envoy-degraded beside a pass,
 * and x-envoy-immediate-health-check-fail beside a failure, count as in Envoy. A connection that is refused,
 * cannot be made, breaks or speaks no HTTP is `refused`, a network failure as in Envoy. No answer is the checker's
 * deadline.
 *
 * Each probe opens a connection of its own and closes it, as Consul and Kubernetes do. Envoy by default reuses one
 * (`reuse_connection`); a fresh one also tests that the listener accepts, and cannot mistake a server that closed an
 * idle connection for one that is down. A connection still being opened when its probe is cancelled is given up by
 * undici about `timeoutMs` later.
 */
export function createHttpProbe(options: HttpProbeOptions = {}): Probe {
  const path = options.path ?? '/healthz';
  const expected = new Set(options.expectedStatuses ?? [200]);
  return (target, timeoutMs, done) => {
    const abort = new AbortController();
    const { signal } = abort;
    ask(target, path, timeoutMs, signal).then((answer) => {
      if (!signal.aborted) done(verdictOn(answer, expected));
    });
    return () => abort.abort();
  };
}

/** What an answer says of the host's health, in its status and in the headers Envoy looks at. */
interface Answer {
  readonly status: number;
  readonly degraded: boolean;
  readonly immediateFail: boolean;
}

/** The answer, or null where there was none. */
async function ask(target: Instance, path: string, timeoutMs: number, signal: AbortSignal): Promise<Answer | null> {
  let client: Client | null = null;
  try {
    // No timeouts of undici's own on the answer: the deadline is the checker's.
    client = new Client(`http://${target.address}`, { connectTimeout: timeoutMs, headersTimeout: 0, bodyTimeout: 0 });
    const { statusCode, headers, body } = await client.request({ path, method: 'GET', signal });
    for await (const _ of body);
    return {
      status: statusCode,
      degraded: headers['x-envoy-degraded'] !== undefined,
      immediateFail: headers['x-envoy-immediate-health-check-fail'] !== undefined,
    };
  } catch {
    return null;
  } finally {
    client?.destroy();
  }
}

/** 429 is a warning to Consul, and a bad answer to the others. */
function verdictOn(answer: Answer | null, expected: ReadonlySet<number>): ProbeAnswer {
  if (answer === null) return 'refused';
  if (expected.has(answer.status)) return answer.degraded ? 'degraded' : 'pass';
  if (answer.immediateFail) return 'immediateFail';
  return answer.status === 429 ? 'warning' : 'badAnswer';
}
