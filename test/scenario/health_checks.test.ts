import { expect, it, test } from 'vitest';
import { CONSUL_CHECK, HAPROXY_CHECK, KUBERNETES_PROBE } from '../../src/health/checks/settings.ts';
import { RESTARTS } from '../../src/sim/containers/settings.ts';
import { minimal, onlyColumn, problems, unmark, valid } from './vocabulary.ts';

const checks = (healthCheck: string) => onlyColumn(minimal({ healthCheck })).trial.healthCheck;

test('Envoy is whose rules they are where nothing is said', () => {
  const written = '{ interval: 2s, timeout: 1s, unhealthyThreshold: 3, healthyThreshold: 2 }';
  expect(checks(written)).toStrictEqual(checks(`{ system: envoy, ${written.slice(1)}`));
});

test("Envoy's other settings", () => {
  const written = `{ interval: 2s, timeout: 1s, unhealthyThreshold: 3, healthyThreshold: 2, intervalJitterPercent: 10,
    initialJitter: 0s, unhealthyInterval: 3s, unhealthyEdgeInterval: 4s, healthyEdgeInterval: 5s, noTrafficInterval: 60s,
    noTrafficHealthyInterval: 30s, kind: grpc, through: queue, cost: 2ms, by: node }`;
  expect(checks(written)).toStrictEqual({
    ...{ by: 'node', kind: 'grpc', through: 'queue', costMs: 2 },
    settings: {
      ...{ system: 'envoy', intervalMs: 2000, timeoutMs: 1000, unhealthyThreshold: 3, healthyThreshold: 2 },
      ...{ intervalJitterMs: 0, intervalJitterPercent: 10, initialJitterMs: 0 },
      ...{ unhealthyIntervalMs: 3000, unhealthyEdgeIntervalMs: 4000, healthyEdgeIntervalMs: 5000 },
      ...{ noTrafficIntervalMs: 60_000, noTrafficHealthyIntervalMs: 30_000 },
    },
  });
});

test("HAProxy's defaults, and all that can be written", () => {
  const shared = { by: 'caller', kind: 'http', through: 'port', costMs: 0 };
  expect(checks('{ system: haproxy }')).toStrictEqual({ ...shared, settings: HAPROXY_CHECK });
  const written = `{ system: haproxy, inter: 1s, fastinter: 200ms, downinter: 5s, timeout: 400ms, rise: 4, fall: 5,
    initState: fully-down, spreadChecks: 5%, observe: layer7, errorLimit: 3, onError: mark-down, kind: tcp }`;
  expect(checks(written)).toStrictEqual({
    ...shared,
    kind: 'tcp',
    settings: {
      ...{ system: 'haproxy', interMs: 1000, fastinterMs: 200, downinterMs: 5000, timeoutMs: 400, rise: 4, fall: 5 },
      ...{ initState: 'fully-down', spreadChecksPercent: 5, observe: 'layer7', errorLimit: 3, onError: 'mark-down' },
    },
  });
});

test("Kubernetes' probes, at the node", () => {
  const written =
    '{ system: kubernetes, readiness: {}, liveness: { period: 5s, failureThreshold: 6, initialDelay: 3s } }';
  expect(checks(written)).toStrictEqual({
    ...{ by: 'node', kind: 'http', through: 'port', costMs: 0, restarts: RESTARTS },
    settings: {
      system: 'kubernetes',
      readiness: KUBERNETES_PROBE,
      liveness: { ...KUBERNETES_PROBE, periodMs: 5000, failureThreshold: 6, initialDelayMs: 3000 },
      startup: null,
    },
  });
});

test('restarts, where a probe asks for them', () => {
  const restarts = 'terminationGracePeriod: 5s, maxContainerRestartPeriod: 1m, containerStart: 2s';
  expect(checks(`{ system: kubernetes, startup: {}, ${restarts} }`)?.restarts).toStrictEqual({
    terminationGracePeriodMs: 5000,
    maxContainerRestartPeriodMs: 60_000,
    containerStart: { kind: 'constant', valueMs: 2000 },
  });
  expect(checks('{ system: kubernetes, readiness: {} }')).not.toHaveProperty('restarts');
});

test("Kubernetes' names of probes and times are recognized, and nothing else is said of them", () => {
  const fixes = (healthCheck: string) => problems(minimal({ healthCheck })).map(({ fix }) => fix.split('?')[0]);
  for (const kind of ['readiness', 'liveness', 'startup']) {
    expect(fixes(`{ system: kubernetes, ${kind}Probe: {} }`)).toEqual([`did you mean '${kind}'`]);
  }
  expect(fixes('{ system: kubernetes, readiness: { periodSeconds: 5, initialDelaySeconds: 3 } }')).toEqual([
    "did you mean 'period'",
    "did you mean 'initialDelay'",
  ]);
});

test("Consul's checks, at the node unless written", () => {
  expect(checks('{ system: consul, interval: 10s }')).toStrictEqual({
    ...{ by: 'node', kind: 'http', through: 'port', costMs: 0 },
    settings: { ...CONSUL_CHECK, intervalMs: 10_000 },
  });
  const written = `{ system: consul, interval: 1s, timeout: 2s, successBeforePassing: 2, failuresBeforeWarning: 1,
    failuresBeforeCritical: 3, status: passing, deregisterCriticalServiceAfter: 2m, by: registry }`;
  expect(checks(written)).toMatchObject({
    by: 'registry',
    settings: { failuresBeforeWarning: 1, status: 'passing', deregisterCriticalServiceAfterMs: 120_000 },
  });
});

it.each([
  ['{ system: ‸haproxi }', "expected one of envoy, haproxy, kubernetes, consul, found 'haproxi'"],
  ['{ system: ‸[haproxy] }', 'expected one of envoy, haproxy, kubernetes, consul, found a list'],
  ['‸5s', 'expected a health check, found'],
  ['‸{ system: consul }', "expected 'interval' in a health check, found no such key"],
  ['{ system: haproxy, ‸interval: 2s }', "expected a key of a health check, found 'interval'"],
  ['{ system: haproxy, kind: ‸grpc }', "expected one of http, tcp, found 'grpc'"],
  ['{ system: haproxy, through: ‸queue, kind: tcp }', 'expected through: port beside kind: tcp'],
  ['{ system: haproxy, ‸cost: 1ms }', "expected 'cost' beside through: queue only"],
  ['{ system: haproxy, ‸errorLimit: 3 }', "expected 'errorLimit' beside 'observe' only"],
  ['{ system: haproxy, observe: layer7, by: ‸node }', 'expected by: caller beside observe'],
  ['{ system: haproxy, spreadChecks: ‸60% }', 'expected at most 50%'],
  ['‸{ system: kubernetes }', "expected 'readiness', 'liveness' or 'startup', found none of them"],
  [
    '{ system: kubernetes, readiness: {}, by: ‸caller }',
    "expected node beside system: kubernetes, since a pod is probed by the kubelet of its own node, found 'caller'",
  ],
  [
    '{ system: kubernetes, readiness: {}, ‸containerStart: 1s }',
    "expected 'containerStart' beside 'liveness' or 'startup' only, which ask for restarts",
  ],
  ['{ system: kubernetes, liveness: { successThreshold: ‸2 } }', 'expected at most 1'],
  ['{ system: consul, interval: ‸100ms }', 'expected at least 1s'],
  ['{ system: consul, interval: 1s, deregisterCriticalServiceAfter: ‸10s }', 'expected at least 1m'],
  [
    '{ system: consul, interval: 1s, failuresBeforeWarning: ‸3, failuresBeforeCritical: 2 }',
    'expected failuresBeforeWarning to be at most failuresBeforeCritical, 2, found 3',
  ],
  [
    '{ interval: 1s, timeout: 1s, unhealthyThreshold: 1, healthyThreshold: 1, ‸noTrafficHealthyInterval: 1s }',
    "expected 'noTrafficHealthyInterval' beside 'noTrafficInterval' only",
  ],
])('%s', (written, message) => {
  const { text, places } = unmark(minimal({ healthCheck: written }));
  const found = problems(text);
  expect(found.map(({ line, column }) => `${line}:${column}`)).toEqual(places);
  expect(found[0]?.message).toContain(message);
});

test('paths of the matrix reach the settings of any system', () => {
  const text = minimal({
    healthCheck: '{ system: kubernetes, readiness: {} }',
    matrix: '{ healthCheck.readiness.period: [1s, 10s], healthCheck.kind: [http, tcp] }',
  });
  const columns = valid(text).columns.map(({ trial }) => trial.healthCheck);
  expect(columns.map((check) => [check?.settings, check?.kind])).toMatchObject([
    [{ readiness: { periodMs: 1000 } }, 'http'],
    [{ readiness: { periodMs: 1000 } }, 'tcp'],
    [{ readiness: { periodMs: 10_000 } }, 'http'],
    [{ readiness: { periodMs: 10_000 } }, 'tcp'],
  ]);
});

test('whole checks may be tried against one another', () => {
  const text = minimal({
    healthCheck: '{ system: haproxy }',
    matrix: '{ healthCheck: [{ system: haproxy, fall: 1 }, { system: consul, interval: 1s, by: caller }] }',
  });
  expect(valid(text).columns.map(({ trial }) => trial.healthCheck?.settings.system)).toEqual(['haproxy', 'consul']);
});
