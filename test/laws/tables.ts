import { arcExcess, type Subject, shareExcess } from './law.ts';

/**
 * How far the share of keys of the host at this place may lie from its share of the weights, where a table of finite size
 * says whose a key is. Requests sample the table: Hoeffding. Beyond that:
 *
 * - a ring cut by random points gives a host an arc of law Beta(v, V - v), of V points v its own. With the nearest point
 *   instead of the next one the variance is about half; that is not made use of;
 * - in a Maglev table a host has at most a slot more or less in each of the rounds that differ: n of M slots in all;
 * - of a table not known here a quarter of the mean share is asked for.
 */
export function tableTolerance(subject: Subject, weights: readonly number[], place: number, requests: number): number {
  const sampling = shareExcess(requests);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const share = weights[place] / total;
  const points = ringPoints(subject, weights);
  if (points !== null) return sampling + arcExcess(share * points, points);
  if (subject.definition.name === 'maglev') return sampling + weights.length / Number(optionOf(subject, 'tableSize'));
  return sampling + 0.25 / weights.length;
}

/** How many points all hosts of these weights have on the subject's ring; null: it has none that is known here. */
function ringPoints(subject: Subject, weights: readonly number[]): number | null {
  if (subject.definition.name !== 'ring-hash') return null;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const system = optionOf(subject, 'system');
  // ngx_http_upstream_hash_module.c and HAProxy's lb_chash.c.
  if (system === 'nginx') return 160 * total;
  if (system === 'haproxy') return 16 * total;
  // Envoy's ring_hash_lb.cc: so many that the lightest host has its part of the smallest ring, rounded up. gRPC A42 caps it.
  const cap = String(system).startsWith('grpc') ? 4096 : Infinity;
  const [smallest, largest] = ['minimumRingSize', 'maximumRingSize'].map((name) =>
    Math.min(cap, Number(optionOf(subject, name))),
  );
  const least = Math.min(...weights) / total;
  return Math.ceil(Math.min(Math.ceil(least * Math.min(smallest, largest)) / least, largest));
}

function optionOf({ definition, options }: Subject, name: string): number | boolean | string | undefined {
  return options[name] ?? definition.options[name]?.default;
}
