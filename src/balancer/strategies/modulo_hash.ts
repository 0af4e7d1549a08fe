import { haproxyHash } from '../../core/hash/haproxy_hash.ts';
import { keyHashes } from '../../core/hash/key_hashes.ts';
import { haproxyKeyHash } from '../parts/haproxy_key_hash.ts';
import { failOnErrorsOption, maxFailsOption } from '../parts/nginx_failures.ts';
import { ServerMap } from '../parts/server_map.ts';
import { defineStrategy } from '../strategy.ts';
import { HaproxyModuloHash } from './haproxy_modulo_hash.ts';
import { NginxModuloHash } from './nginx_modulo_hash.ts';

/**
 * Hashing to a table with a slot for each unit of weight: the hash of a key modulo the number of slots. The least there
 * can be, exactly even in slots, and what proxies do unless told to hash consistently; but with the number of slots
 * almost every key changes its slot.
 *
 * haproxy: the table is of the hosts that can be picked, so one that fails moves most keys as well. nginx: it is of all
 * members, and the keys of one that fails are hashed again.
 */
export const moduloHash = defineStrategy({
  name: 'modulo-hash',
  doc: 'Equal keys to equal hosts, by the hash modulo the sum of weights; most keys move when a host joins or leaves.',
  options: {
    system: {
      type: 'choice',
      values: ['haproxy', 'nginx'],
      default: 'haproxy',
      doc: 'Whose table, hash and way around a host that cannot be picked.',
    },
    keyHash: haproxyKeyHash,
    avalanche: {
      type: 'boolean',
      default: false,
      doc: 'Whether hashes of keys are spread over all 32 bits: the modifier of its hash-type.',
      for: [{ system: ['haproxy'] }],
    },
    maxFails: { ...maxFailsOption, for: [{ system: ['nginx'] }] },
    failOnErrors: { ...failOnErrorsOption, for: [{ system: ['nginx'], maxFails: { above: 0 } }] },
  },
  variants: [
    {
      when: {},
      system: 'HAProxy hash-type map-based',
      source: 'src/lb_map.c, recalc_server_map and map_get_server_hash; src/backend.c, gen_hash',
      traits: {
        limits: 'queues',
        evenness: 'none',
        weighted: 'table',
        fixedWeights: true,
        affinity: 'shuffled',
        feedback: 'none',
        cost: 'O(1)',
      },
    },
    {
      when: { system: 'nginx' },
      system: 'nginx hash',
      source: 'src/http/modules/ngx_http_upstream_hash_module.c, ngx_http_upstream_get_hash_peer',
      // O(n) without a key: round robin, with weights that failures lower.
      traits: {
        evenness: 'none',
        weighted: 'table',
        affinity: 'shuffled',
        feedback: 'outcome',
        cost: 'O(n)',
        limits: 'skips',
      },
    },
    {
      when: { system: 'nginx', maxFails: 0 },
      system: 'nginx hash with max_fails=0',
      source: 'src/http/modules/ngx_http_upstream_hash_module.c, ngx_http_upstream_get_hash_peer',
      traits: {
        evenness: 'none',
        weighted: 'table',
        affinity: 'shuffled',
        feedback: 'none',
        cost: 'O(n)',
        limits: 'skips',
      },
    },
  ],
  create: ({ options, ...ports }) =>
    options.system === 'nginx'
      ? new NginxModuloHash(ports, options)
      : new HaproxyModuloHash(
          keyHashes(ports.keyText, haproxyHash(options.keyHash, options.avalanche)),
          new ServerMap(ports.room),
        ),
});
