import { Client } from 'undici';
import type { Instance } from '../core/instance.ts';
import type { Probe, ProbeVerdict } from '../health/probe.ts';

export interface HttpProbeOptions {
  /** What to GET. Default `/healthz`. */
  readonly path?: string;
  /** The statuses that pass; any other is a bad answer. Default 200 alone, as in Envoy. */
  readonly expectedStatuses?: readonly number[];
}

/**
 * Probes over HTTP/1.1. An answer passes or is bad by its status, once its body has ended. A connection that is refused,
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
    ask(target, path, timeoutMs, signal).then((status) => {
      if (!signal.aborted) done(verdictOn(status, expected));
    });
    return () => abort.abort();
  };
}

/** The status of the answer, or null where there was none. */
async function ask(target: Instance, path: string, timeoutMs: number, signal: AbortSignal): Promise<number | null> {
  let client: Client | null = null;
  try {
    // No timeouts of undici's own on the answer: the deadline is the checker's.
    client = new Client(`http://${target.address}`, { connectTimeout: timeoutMs, headersTimeout: 0, bodyTimeout: 0 });
    const { statusCode, body } = await client.request({ path, method: 'GET', signal });
    for await (const _ of body);
    return statusCode;
  } catch {
    return null;
  } finally {
    client?.destroy();
  }
}

function verdictOn(status: number | null, expected: ReadonlySet<number>): Exclude<ProbeVerdict, 'timeout'> {
  if (status === null) return 'refused';
  return expected.has(status) ? 'pass' : 'badAnswer';
}
