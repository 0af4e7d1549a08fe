import type { OptionDescriptors } from '../../core/options.ts';
import type { FaultKind } from '../config.ts';

/** What a fault does, in words, at each of the places it shows. Empty where nothing changes. */
export interface FaultDescriptor {
  /** One line: what it stands for in life. */
  readonly doc: string;
  readonly options: OptionDescriptors;
  readonly newRequest: string;
  /** Requests in flight when it begins. */
  readonly inFlight: string;
  /** HTTP and TCP probes. */
  readonly probe: string;
  readonly atTheEnd: string;
}

/** Every kind of fault, for people: the table of DESIGN.md section 4. What a scenario may write is decided in scenario/fault_kind.ts. */
export const faultDescriptors: Readonly<Record<FaultKind, FaultDescriptor>> = {
  crash: {
    doc: 'The process dies: its machine refuses connections.',
    options: {},
    newRequest: 'refused after one round trip',
    inFlight: 'reset',
    probe: 'http and tcp refused',
    atTheEnd: 'starts with an empty queue',
  },
  blackhole: {
    doc: 'The machine or its network is gone: packets vanish.',
    options: {},
    newRequest: 'connectTimeout',
    inFlight: 'no answer',
    probe: 'http and tcp time out',
    atTheEnd: 'the host was lost: starts with an empty queue',
  },
  hang: {
    doc: 'The process stalls while its kernel still accepts connections.',
    options: {},
    newRequest: 'accepted, no answer',
    inFlight: 'no answer',
    probe: 'http times out, tcp passes',
    atTheEnd: 'the backlog is served late',
  },
  slow: {
    doc: 'Serves, but slowly.',
    options: { factor: { type: 'number', doc: 'Service takes this many times as long; above 0.' } },
    newRequest: 'slow, from the next service start',
    inFlight: 'unchanged',
    probe: 'passes',
    atTheEnd: '',
  },
  errors: {
    doc: 'Answers some requests with a 5xx, at once.',
    options: {
      rate: { type: 'share', min: 0, max: 1, doc: 'Probability that a request is answered with an error.' },
      probes: { type: 'boolean', default: false, doc: 'Whether probes fail alike.' },
    },
    newRequest: 'answered with a 5xx at once, with probability rate',
    inFlight: 'the same',
    probe: 'passes; with probes: true fails alike',
    atTheEnd: '',
  },
  'failing-checks': {
    doc: 'The health endpoint fails while requests are served well. The instance is up and not impaired: removing it is a false positive.',
    options: { rate: { type: 'share', min: 0, max: 1, default: 1, doc: 'Probability that a check fails.' } },
    newRequest: 'served as ever',
    inFlight: 'unchanged',
    probe: 'http and grpc fail with probability rate, tcp passes',
    atTheEnd: '',
  },
  degraded: {
    doc: 'Its health endpoint asks for others to be preferred (x-envoy-degraded). The instance is up and not impaired, and callers still believe in it.',
    options: {},
    newRequest: 'served as ever',
    inFlight: 'unchanged',
    probe: "http passes as degraded, which only Envoy's rules know; grpc and tcp pass",
    atTheEnd: 'the next probe passes as ever',
  },
  restart: {
    doc: 'A rolling restart: each target in turn deregisters, drains, stops and comes back. Planned, so never a false positive.',
    options: {
      drain: { type: 'duration', min: 0, default: 0, doc: 'Serves on for this long after it deregistered.' },
      preStop: {
        type: 'duration',
        min: 0,
        default: 'not written',
        doc: 'Instead of drain: then it refuses newcomers, finishes what it has and exits.',
      },
      grace: {
        type: 'duration',
        min: 0,
        default: 30_000,
        doc: 'Beside preStop: it is killed this long after it deregistered, at least 2s after preStop.',
      },
      down: { type: 'duration', min: 0, doc: 'Stopped for this long; above 0.' },
      // One target at a time: the only default that depends on other options, so it is given in words.
      every: {
        type: 'duration',
        min: 0,
        default: 'drain + down, or grace + down',
        doc: 'From the start of one target to the start of the next.',
      },
      announce: {
        type: 'choice',
        values: ['immediate-fail'],
        default: 'none',
        doc: 'From deregistering on all its answers ask to fail it at once (x-envoy-immediate-health-check-fail), those to probes with a 503.',
      },
    },
    newRequest: 'served during drain or preStop, then refused',
    inFlight: 'finish within drain or grace, else reset',
    probe: 'passes during drain or preStop, or with announce: immediate-fail http and grpc fail; then refused',
    atTheEnd: 'starts and registers',
  },
  registry: {
    doc: 'An outage of the registry itself: callers go on with the last view they had. No instance fails.',
    options: {
      mode: {
        type: 'choice',
        values: ['down', 'stale', 'partitioned'],
        doc: 'down: nobody reaches it and no lease runs out; stale: callers read what was true; partitioned: down for one zone only.',
      },
      zone: { type: 'choice', values: ['ZONE'], default: 'none', doc: 'The zone that is partitioned from it.' },
    },
    newRequest: '',
    inFlight: '',
    probe: '',
    atTheEnd: 'what changed meanwhile is told',
  },
};

/** When a fault strikes, for people: one of these beside its kind. What a scenario may write is decided in scenario/fault_when.ts. */
export const faultMoments: Readonly<Record<string, string>> = {
  at: 'At a time, for so long; with every and times again and again (flapping).',
  lifetime:
    'After a life drawn from any law, renewed by each repair. start: stationary begins as after a very long time.',
  probability: 'In each tick with some probability, at a uniform moment of the tick.',
  hazard: 'At a rate that may change over the run, whatever the age: constant, points, a sine.',
  overload: 'A crash whenever more requests wait than the process can bear.',
  trace: 'As recorded in a CSV of instance, down, up.',
  repair: 'With all but at and trace: how long it holds, from any law, or a back-off that grows with each failure.',
  together:
    'With lifetime, probability, hazard: a common cause, all targets at once. Beside independent failures: two faults.',
};
