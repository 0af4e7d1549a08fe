import { type Metric, metrics } from '../../metrics/catalogue.ts';
import type { MetricData } from './report_data.ts';

/** The columns of the table, with their heads. */
const table: readonly { readonly metric: string; readonly head: readonly [string, string] }[] = [
  { metric: 'fairness.jain', head: ['fairness', 'Jain'] },
  { metric: 'fairness.dispersion', head: ['fairness', 'dispersion'] },
  { metric: 'latency.p50', head: ['latency', 'p50'] },
  { metric: 'latency.p99', head: ['latency', 'p99'] },
  { metric: 'requests.errorRate', head: ['requests', 'error rate'] },
  { metric: 'requests.retries', head: ['requests', 'retries'] },
  { metric: 'failover.detect.p50', head: ['detect', 'p50'] },
  { metric: 'failover.detect.p99', head: ['detect', 'p99'] },
  { metric: 'failover.drain.p50', head: ['drain', 'p50'] },
  { metric: 'failover.drain.p99', head: ['drain', 'p99'] },
  { metric: 'impact.outageSeconds', head: ['outage', 'seconds'] },
];

export interface ShownMetric {
  readonly metric: Metric;
  readonly data: MetricData;
}

/**
 * What the page knows the values of: the table's metrics of which `isMeasured` says that somebody has a value, and after
 * them those that thresholds are about.
 */
export function shownMetrics(judged: readonly string[], isMeasured: (name: string) => boolean): ShownMetric[] {
  const standard = table.filter(({ metric }) => judged.includes(metric) || isMeasured(metric));
  const more = [...new Set(judged)].filter((name) => !standard.some(({ metric }) => metric === name));
  const heads = [...standard, ...more.map((metric) => ({ metric, head: headOf(metric) }))];
  return heads.flatMap(({ metric: name, head }) => {
    const metric = metrics.find((one) => one.name === name);
    if (metric === undefined) return [];
    const { unit, better, doc } = metric;
    return [{ metric, data: { name, unit, better, doc, head } }];
  });
}

/** `latency.all.p99` stands under `latency all`, `p99`. */
function headOf(name: string): [string, string] {
  const words = name.replace(/([a-z])([A-Z])/g, (_, a: string, b: string) => `${a} ${b.toLowerCase()}`).split('.');
  return [words.slice(0, -1).join(' '), words[words.length - 1]];
}
