import { describe, expect, it } from 'vitest';
import type { FailoverResult } from '../../src/metrics/measures.ts';
import { failoversTable } from '../../src/report/failovers_csv.ts';
import { fakeFailover, fakeScenario } from '../helpers/fake_report.ts';
import { fakeStudy } from '../helpers/fake_study.ts';
import { removals } from '../helpers/removals.ts';

const scenario = fakeScenario([{ strategy: 'ring', params: { 'load.rate': '1/s' } }], { seed: 1, replications: 2 });
const nobody = { count: 0, mean: null, p50: null, p90: null, p99: null, max: null };
const some = { count: 4, mean: 2, p50: 2, p90: 2, p99: 2, max: 2 };

/** Of two cells, in the second of which a host was removed so. */
async function tableOf(removed: Partial<FailoverResult>) {
  const { document } = await fakeStudy(scenario, (_, seed) => {
    const { detectByMs, ...failover } = fakeFailover(1);
    const { connection: _none, ...told } = detectByMs;
    const plain = { ...failover, detectByMs: told };
    return { failovers: [seed === 1 ? plain : { ...plain, ...removed }] };
  });
  const { header, rows } = failoversTable(document);
  return { header, rows: [...rows] };
}

describe('failovers.csv', () => {
  it('has columns of connections where one has removed somebody, before the parameters', async () => {
    const plain = fakeFailover(1).detectByMs;
    const removed = { removedBy: removals({ connection: 4 }), detectByMs: { ...plain, connection: some } };
    const { header, rows } = await tableOf(removed);
    const at = header.indexOf('removed_by_connection');
    expect(header.slice(at)).toEqual([
      'removed_by_connection',
      ...['count', 'mean_ms', 'p50_ms', 'p90_ms', 'p99_ms', 'max_ms'].map((figure) => `detect_by_connection_${figure}`),
      'param_load_rate',
    ]);
    for (const row of rows) expect(row).toHaveLength(header.length);
    expect(rows.map((row) => row.slice(at, -1))).toEqual([
      [0, ...Object.values(nobody)],
      [4, ...Object.values(some)],
    ]);
  });

  it('has none of them elsewhere', async () => {
    const { header, rows } = await tableOf({});
    expect(header.filter((column) => column.includes('connection'))).toEqual([]);
    for (const row of rows) expect(row).toHaveLength(header.length);
  });
});
