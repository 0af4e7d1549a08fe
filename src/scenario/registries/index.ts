import type { Distribution } from '../../sim/config.ts';
import type { RegistrySettings } from '../../sim/registries/settings.ts';
import type { Form, PartField } from '../form.ts';
import { choice } from '../scalars.ts';
import { describe } from '../written.ts';
import { consulForm } from './consul.ts';
import { dnsForm } from './dns.ts';
import { edsForm } from './eds.ts';
import { etcdForm } from './etcd.ts';
import { eurekaForm } from './eureka.ts';
import type { RegistryKind } from './kinds.ts';
import { kubernetesForm } from './kubernetes.ts';
import { memoryForm } from './memory.ts';

interface Kind {
  /** A few words about it. */
  readonly doc: string;
  readonly form: (distribution: Form<Distribution>) => Form<RegistrySettings>;
  /** Who may check instances and tell it. */
  readonly checkedBy: readonly ('node' | 'registry')[];
}

const kinds: Readonly<Record<RegistryKind, Kind>> = {
  memory: { doc: 'told at once', form: memoryForm, checkedBy: ['node', 'registry'] },
  consul: { doc: 'agents, their catalog, blocking queries', form: consulForm, checkedBy: ['node'] },
  etcd: { doc: 'leases and watches', form: etcdForm, checkedBy: ['node', 'registry'] },
  kubernetes: {
    doc: 'kubelets, EndpointSlices, a kube-proxy for each caller',
    form: kubernetesForm,
    checkedBy: ['node'],
  },
  eureka: { doc: 'heartbeats, eviction passes, caches', form: eurekaForm, checkedBy: ['node', 'registry'] },
  dns: { doc: 'records and caching resolvers', form: dnsForm, checkedBy: ['node', 'registry'] },
  eds: { doc: 'a control plane that pushes to Envoy', form: edsForm, checkedBy: ['node', 'registry'] },
};

/** Whether instances of that kind of registry can be checked by them. */
export function canCheck(kind: RegistryKind, by: 'caller' | 'node' | 'registry'): boolean {
  return by === 'caller' || kinds[kind].checkedBy.includes(by);
}

/** `registry`: its `kind` says which block the rest is. */
export function registryForm(distribution: Form<Distribution>): Form<RegistrySettings> {
  const names = Object.keys(kinds) as RegistryKind[];
  const forms = new Map(names.map((name) => [name, kinds[name].form(distribution)]));
  const kind = choice(names);
  return {
    schema: { anyOf: [...forms.values()].map(({ schema }) => schema) },
    type: 'block',
    example: '{ ttl: 30s, renewInterval: 10s }',
    parts: () => ({ kind: 'named', fields: partsOf(forms, kind) }),
    read(written, reading) {
      if (written.kind !== 'map') {
        const fix = 'write { kind: memory, ttl: 30s, renewInterval: 10s }';
        return reading.report(written.offset, `expected a registry, found ${describe(written)}`, fix);
      }
      const entry = written.entries.get('kind');
      const name = entry === undefined ? 'memory' : kind.read(entry.value, reading);
      return name === undefined ? undefined : forms.get(name)?.read(written, reading);
    },
  };
}

/** The keys of all kinds, for paths and the reference. One that several kinds have is told once, with who means what by it. */
function partsOf(
  forms: ReadonlyMap<RegistryKind, Form<RegistrySettings>>,
  kind: Form<RegistryKind>,
): Readonly<Record<string, PartField>> {
  const doc = `Which system: ${[...forms.keys()].map((name) => `${name} (${kinds[name].doc})`).join(', ')}.`;
  const fields: Record<string, PartField> = { kind: { form: kind, doc, fallback: { text: 'memory' } } };
  for (const [name, form] of forms) {
    const parts = form.parts?.();
    if (parts?.kind !== 'named') continue;
    for (const [key, field] of Object.entries(parts.fields)) {
      if (key === 'kind') continue;
      const said = fields[key];
      fields[key] = said === undefined ? ofKind(name, field) : both(said, ofKind(name, field));
    }
  }
  return fields;
}

function ofKind(name: RegistryKind, { form, doc, fallback }: PartField): PartField {
  const text = fallback?.text;
  return { form, doc: `${name}: ${doc}`, fallback: { text: text == null ? null : `${name}: ${text}` } };
}

function both(one: PartField, other: PartField): PartField {
  const texts = [one.fallback?.text, other.fallback?.text].filter((text) => text != null);
  const isKnown = one.form.type.split(', or ').includes(other.form.type);
  const type = isKnown ? one.form.type : `${one.form.type}, or ${other.form.type}`;
  return {
    form: { ...one.form, type },
    doc: `${one.doc} ${other.doc}`,
    fallback: { text: texts.length === 0 ? null : texts.join(', ') },
  };
}
