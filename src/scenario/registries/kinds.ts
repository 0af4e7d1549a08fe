import type { RegistrySettings } from '../../sim/registries/settings.ts';
import { required } from '../blocks.ts';
import type { Field, Form } from '../form.ts';
import { choice } from '../scalars.ts';

export type RegistryKind = RegistrySettings['kind'];

/** The key `kind` in the block of that kind, which is read once the kind is known. */
export function kindField<const K extends RegistryKind>(kind: K): Field<K> {
  const form: Form<K> = choice([kind]);
  return required(form, 'Which system.');
}
