import { SWIM as defaults, type SwimSettings } from '../health/swim/settings.ts';
import type { GossipConfig } from '../sim/config.ts';
import { block, optional } from './blocks.ts';
import type { Field, Form } from './form.ts';
import { lossField } from './heartbeat.ts';
import { limits } from './limits.ts';
import { choice, duration, integer } from './scalars.ts';
import { formatDuration } from './units.ts';

/** `gossip`: a block of nothing is memberlist's group for a local network, with all its defaults. */
export function gossipForm(): Form<GossipConfig> {
  return block('a block of gossip', fields(), {
    check: ({ probeInterval = Infinity, probeTimeout = 0 }, site) => {
      if (probeTimeout <= probeInterval) return;
      const message = `expected probeTimeout to be at most probeInterval, ${formatDuration(probeInterval)}, found ${formatDuration(probeTimeout)}`;
      site.report(site.has('probeTimeout') ? 'probeTimeout' : 'probeInterval', message, 'lower probeTimeout');
    },
    make: ({ loss, ...values }) => ({
      loss,
      settings: {
        probeIntervalMs: values.probeInterval,
        probeTimeoutMs: values.probeTimeout,
        indirectChecks: values.indirectChecks,
        targets: values.targets,
        suspicionMult: values.suspicionMult,
        suspicionMaxTimeoutMult: values.suspicionMaxTimeoutMult,
        gossipIntervalMs: values.gossipInterval,
        gossipNodes: values.gossipNodes,
        gossipToTheDeadMs: values.gossipToTheDead,
        retransmitMult: values.retransmitMult,
        pushPullIntervalMs: values.pushPullInterval,
        reconnectIntervalMs: values.reconnectInterval,
      },
    }),
  });
}

function fields() {
  return {
    probeInterval: time('probeInterval', 'From one probe of a member to its next; no answer by then makes a suspect.'),
    probeTimeout: time('probeTimeout', 'After so long without an answer others are asked to probe it too.'),
    indirectChecks: count('indirectChecks', 'How many others.', 0),
    targets: optional(
      choice(['round-robin', 'random']),
      defaults.targets,
      'Whom to probe: all in turn, in an order drawn each round, or anybody, as in the model of the SWIM paper.',
    ),
    suspicionMult: count(
      'suspicionMult',
      'Probe intervals after which a suspect is dead, times log10 of the group above 10; 0: at once.',
      0,
    ),
    suspicionMaxTimeoutMult: count(
      'suspicionMaxTimeoutMult',
      'So many times longer while nobody else suspects it; 1: no longer.',
      1,
    ),
    gossipInterval: time('gossipInterval', 'How often each member tells others what is new.'),
    gossipNodes: count('gossipNodes', 'How many others.', 0),
    gossipToTheDead: time('gossipToTheDead', 'How long the dead are told too, so that one who is not can say so.'),
    retransmitMult: count(
      'retransmitMult',
      'How often a member tells what is new, times log10 of the group, rounded up.',
      1,
    ),
    pushPullInterval: time('pushPullInterval', 'How often each member exchanges all it knows with another.'),
    reconnectInterval: time('reconnectInterval', 'How often somebody tries to reach one of the dead, as Serf does.'),
    loss: lossField('message'),
  };
}

type Times =
  | 'probeInterval'
  | 'probeTimeout'
  | 'gossipInterval'
  | 'gossipToTheDead'
  | 'pushPullInterval'
  | 'reconnectInterval';
type Counts = Exclude<keyof SwimSettings, `${Times}Ms` | 'targets'>;

function time(name: Times, doc: string): Field<number> {
  const value = defaults[`${name}Ms`];
  const text = formatDuration(value);
  return optional(duration({ min: 1 }, text), value, doc, text);
}

function count(name: Counts, doc: string, min: number): Field<number> {
  const value = defaults[name];
  return optional(integer({ min, max: limits.count }, `${value}`), value, doc, `${value}`);
}
