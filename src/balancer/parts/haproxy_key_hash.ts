import { haproxyFunctions } from '../../core/hash/haproxy_hash.ts';

/** The option of HAProxy's hash policies for the function of its `hash-type`. */
export const haproxyKeyHash = {
  type: 'choice',
  values: haproxyFunctions,
  default: 'sdbm',
  doc: 'What keys are hashed with: the function of its hash-type; none takes keys that are numbers as they are.',
  for: [{ system: ['haproxy'] }],
} as const;
