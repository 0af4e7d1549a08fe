import type { Distribution, InstanceConfig } from '../sim/config.ts';
import { block, list, optional, type Placed, placed, required } from './blocks.ts';
import type { Form } from './form.ts';
import { limits } from './limits.ts';
import { checkMembers, dealZones, memberFields } from './members.ts';
import type { Reading } from './reading.ts';
import { record, toRecord } from './record.ts';
import { choice, duration, integer, name, number, trueOrFalse, word } from './scalars.ts';
import { quote } from './written.ts';

/** All instances of a scenario, in the order of dealing, and where each is to be found by its id. */
export interface Fleet {
  readonly instances: readonly InstanceConfig[];
  readonly indexOf: ReadonlyMap<string, number>;
  /** Every index, shared by all faults on `instances: all`. */
  readonly allIndexes: readonly number[];
  readonly zones: ReadonlySet<string>;
}

type InstanceSetting =
  | 'weight'
  | 'priority'
  | 'backup'
  | 'maxConnections'
  | 'minConnections'
  | 'metadata'
  | 'concurrency'
  | 'queue'
  | 'serviceTime'
  | 'onClientGone'
  | 'retryAfterMs';

interface Group {
  readonly offset: number;
  readonly weightOffset: number;
  readonly ids: readonly Placed<string>[] | null;
  readonly addresses: readonly Placed<string>[] | null;
  readonly zones: readonly (string | null)[];
  readonly settings: Pick<InstanceConfig, InstanceSetting>;
}

/** `instances`: a list of groups of like instances. */
export function instancesForm(distribution: Form<Distribution>): Form<Fleet> {
  const groups = list('a list of groups of instances', groupForm(distribution), { min: 1, max: limits.instanceGroups });
  return {
    ...groups,
    read(written, reading) {
      const read = groups.read(written, reading);
      if (read === undefined) return undefined;
      const total = read.reduce((sum, { zones }) => sum + zones.length, 0);
      if (total > limits.instances) {
        const message = `expected at most ${limits.instances} instances in all, found ${total}`;
        return reading.report(written.offset, message, 'lower the counts');
      }
      if (read.every(({ settings }) => settings.weight === 0)) {
        const message = 'expected an instance of a weight above 0, found none';
        const fix = 'raise a weight: an instance of weight 0 is never picked';
        return reading.report(read[0]?.weightOffset ?? written.offset, message, fix);
      }
      // The matrix reports that it asks for too much.
      return reading.afford(total) ? deal(read, reading) : undefined;
    },
  };
}

function groupForm(distribution: Form<Distribution>): Form<Group> {
  const address = word(
    'an address such as 10.0.0.1:8080',
    /^[^\s/:]+:\d{1,5}$|^\[[\da-fA-F:.]+\]:\d{1,5}$/,
    300,
    '10.0.0.1:8080',
    'write host:port',
  );
  const addresses = list('a list of addresses', placed(address), { min: 1, max: limits.instances });
  const fields = {
    ...memberFields(limits.instances),
    addresses: optional(addresses, null, 'Where each is dialled, host:port.', 'made up'),
    weight: optional(
      number({ min: 0, max: limits.weight }),
      1,
      'Share of load relative to the others; 0 for none.',
      '1',
    ),
    priority: optional(
      integer({ min: 0, max: limits.priorities - 1 }, '1'),
      0,
      'Level of failover, as in Envoy: those of priority 0 are used first.',
      '0',
    ),
    backup: optional(
      trueOrFalse(),
      false,
      'Whether to use them only while no other can be, as in nginx and HAProxy.',
      'false',
    ),
    maxConnections: optional(
      integer({ min: 1, max: limits.count }, '32'),
      null,
      'What one caller may have in flight to each: max_conns of nginx, whose policies pass by who is full, and maxconn of HAProxy, with whose they make requests wait. No others look at it.',
      'any number',
    ),
    minConnections: optional(
      integer({ min: 1, max: limits.count }, '8'),
      null,
      "What it may have at least while few requests are under way, of maxConnections with loadBalancer.queue.fullConnections of them: HAProxy's minconn.",
      'maxConnections',
    ),
    metadata: optional(
      record('a block of metadata', name('a word', 'prod'), '{ stage: prod }'),
      null,
      'Words that subsets are chosen by; hash_key is what Envoy and gRPC hash an instance by, instead of its address; guid, what HAProxy does with hostKey: guid.',
      'none',
    ),
    concurrency: optional(integer({ min: 1, max: limits.count }), 1, 'Requests served at once.', '1'),
    queue: optional(
      integer({ min: 0, max: limits.count }, '64'),
      Number.POSITIVE_INFINITY,
      'Requests that may wait.',
      'unlimited',
    ),
    serviceTime: required(distribution, 'How long a request takes once it is served.'),
    onClientGone: optional(
      choice(['finish', 'drop-queued', 'cancel']),
      'finish',
      'What becomes of work whose caller gave up.',
      'finish',
    ),
    retryAfter: optional(
      duration({ above: 0 }, '10s'),
      null,
      'For how long they ask to be spared when they reject a request: Retry-After, which peak-ewma hears with a failurePenalty, as in Linkerd.',
      'they do not ask',
    ),
  };
  const form = block('a group of instances', fields, {
    check: (values, site) => {
      checkMembers('instances', values, site);
      if (values.weight !== undefined && values.weight > 0 && values.weight < limits.leastWeight) {
        const message = `expected a weight of 0, or of at least ${limits.leastWeight}, found ${values.weight}`;
        site.report('weight', message, 'weights only matter relative to each other: raise all of them alike');
      }
      const { maxConnections, minConnections } = values;
      if (minConnections != null && minConnections > (maxConnections ?? 0)) {
        const found = maxConnections == null ? 'none' : maxConnections;
        const message = `expected maxConnections of at least minConnections, ${minConnections}, found ${found}`;
        site.report('minConnections', message, 'lower minConnections, or raise maxConnections');
      }
      const length = values.ids?.length ?? values.count;
      if (values.addresses == null || length == null || values.addresses.length === length) return;
      const message = `expected one address for each of ${length} instances, found ${values.addresses.length}`;
      site.report('addresses', message, 'write as many addresses as there are instances');
    },
    make: (values, site) => {
      const { ids, addresses, weight, concurrency, queue, serviceTime, onClientGone } = values;
      const zones = dealZones(ids?.length ?? values.count ?? 0, values);
      const settings = {
        ...{ weight, concurrency, queue, serviceTime, onClientGone },
        // What is not written is not there.
        ...(values.priority === 0 ? {} : { priority: values.priority }),
        ...(values.backup ? { backup: true } : {}),
        ...(values.retryAfter === null ? {} : { retryAfterMs: values.retryAfter }),
        ...(values.maxConnections === null ? {} : { maxConnections: values.maxConnections }),
        ...(values.minConnections === null ? {} : { minConnections: values.minConnections }),
        ...(values.metadata === null ? {} : { metadata: toRecord(values.metadata) }),
      };
      return { offset: site.offset(null), weightOffset: site.offset('weight'), ids, addresses, zones, settings };
    },
  });
  return { ...form, example: '{ count: 3, serviceTime: 8ms }' };
}

/**
 * Ids are `<zone>-<n>` with hyphens for the slashes of the zone, without a zone `i-<n>`, n counting all instances of the zone from 1, whatever group they are in
 * and named or not. Addresses that nobody wrote are 10.x.y.z:8080, counted up past those somebody did.
 */
function deal(groups: readonly Group[], reading: Reading): Fleet {
  const taken = new Set(groups.flatMap(({ addresses }) => addresses?.map(({ value }) => value) ?? []));
  const inZone = new Map<string | null, number>();
  const written = new Set<string>();
  const indexOf = new Map<string, number>();
  const instances: InstanceConfig[] = [];
  let addressNumber = 0;
  for (const group of groups) {
    for (const [i, zone] of group.zones.entries()) {
      const n = (inZone.get(zone) ?? 0) + 1;
      inZone.set(zone, n);
      const id = group.ids?.[i] ?? { value: `${(zone ?? 'i').replaceAll('/', '-')}-${n}`, offset: group.offset };
      if (indexOf.has(id.value)) reportDuplicate('id', id, reading);
      else indexOf.set(id.value, instances.length);
      const given = group.addresses?.[i];
      if (given !== undefined && written.has(given.value)) reportDuplicate('address', given, reading);
      if (given !== undefined) written.add(given.value);
      let address = given?.value;
      while (address === undefined) {
        const made = madeUpAddress(++addressNumber);
        if (!taken.has(made)) address = made;
      }
      instances.push({ id: id.value, address, zone, ...group.settings });
    }
  }
  const zones = new Set([...inZone.keys()].filter((zone) => zone !== null));
  return { instances, indexOf, allIndexes: instances.map((_, index) => index), zones };
}

function reportDuplicate(what: string, { value, offset }: Placed<string>, reading: Reading): void {
  const message = `expected each ${what} of an instance once, found ${quote(value)} again`;
  reading.report(offset, message, `give each instance its own ${what}`);
}

/** The address of one more instance than these. */
export function nextAddress(taken: ReadonlySet<string>): string {
  let n = 1;
  while (taken.has(madeUpAddress(n))) n++;
  return madeUpAddress(n);
}

function madeUpAddress(n: number): string {
  return `10.${(n >>> 16) & 255}.${(n >>> 8) & 255}.${n & 255}:8080`;
}
