import { describe, expect, it } from 'vitest';
import { Outcome } from '../../src/core/outcome.ts';
import type { FailoverResult } from '../../src/metrics/measures.ts';
import { removals } from '../helpers/removals.ts';
import { Script } from './history.ts';

const NOBODY = { count: 0, mean: null, p50: null, p90: null, p99: null, max: null };

function only(script: Script): FailoverResult {
  const { failovers } = script.run().measures;
  expect(failovers).toHaveLength(1);
  return failovers[0];
}

/** Two instances, three callers that know both; the first goes down at 2000 and comes back at 5000. */
const outage = (callers = 3) => new Script({ weights: [1, 1], callers }).allGood().outage(0, 2000, 5000);

describe('an episode', () => {
  it('splits callers into at risk, already out and not in view', () => {
    const script = new Script({ weights: [1, 1], callers: 4 }).join(0, 0, 0).join(0, 1, 0).join(0, 2, 0);
    const row = only(script.remove(1000, 1, 0).outage(0, 2000, 5000));
    expect(row).toMatchObject({ instance: 'i-0', fault: 'crash#0', startMs: 2000, endMs: 5000 });
    expect([row.atRisk, row.alreadyOut, row.notInView]).toEqual([2, 1, 1]);
  });

  it('times detection by the first bad belief, and says who removed it', () => {
    const row = only(
      outage()
        .remove(2300, 0, 0, 'activeCheck')
        .remove(2600, 1, 0, 'ejection')
        .remove(3200, 2, 0, 'registry')
        // Coming back and being removed again is not a second detection.
        .restore(3000, 1, 0)
        .remove(3500, 1, 0, 'activeCheck'),
    );
    expect(row.detectMs).toEqual({ count: 3, mean: 700, p50: 600, p90: 1200, p99: 1200, max: 1200 });
    expect(row.removedBy).toEqual(removals({ activeCheck: 1, ejection: 1, registry: 1 }));
    expect([row.undetected, row.censored]).toEqual([0, 0]);
  });

  it('censors callers that had not noticed by the repair at its length', () => {
    const row = only(outage().remove(2300, 0, 0));
    // 1/3 detect at 300; two are lost at 3000: S = 2/3 up to the end. Restricted mean 300 + 2/3 x 2700.
    expect(row.detectMs).toEqual({ count: 1, mean: 2100, p50: null, p90: null, p99: null, max: 300 });
    expect([row.undetected, row.censored]).toEqual([2, 0]);
  });

  it('stays open at the end of the run', () => {
    const row = only(
      new Script({ weights: [1, 1] }).allGood().outage(0, 9000, 11_000).hit(9500, 0).remove(10_500, 0, 0),
    );
    expect(row).toMatchObject({ endMs: null, undetected: 0, censored: 1, reinstateMs: NOBODY });
    expect(row.detectMs).toMatchObject({ count: 0, mean: 1000 });
    expect(row.drainMs).toMatchObject({ count: 0, mean: 1000 });
  });

  it('is none of ours where it starts during warm-up', () => {
    const script = new Script({ weights: [1], warmupMs: 3000 }).allGood().outage(0, 2000, 5000).remove(4000, 0, 0);
    const { failovers, failover, impact } = script.run().measures;
    expect([failovers, impact, failover.atRisk]).toEqual([[], [], 0]);
  });

  it('drains until the last attempt before the instance leaves the pick set', () => {
    const row = only(
      outage(4)
        // Sends at 100 and 400 ms; leaves at 500.
        .hit(2100, 0, 0, Outcome.refused)
        .hit(2400, 0, 0, Outcome.refused)
        .remove(2500, 0, 0)
        // Sends, never leaves: censored at 3000.
        .hit(2200, 0, 1, Outcome.refused)
        // Leaves without having sent, and one that does neither: unexposed.
        .remove(2100, 2, 0),
    );
    expect(row.drainMs).toEqual({ count: 1, mean: (400 + 3000) / 2, p50: 400, p90: null, p99: null, max: 400 });
    expect(row.unexposed).toBe(2);
    expect(row.detectMs.count).toBe(2);
  });

  it('may drain later than it is detected, as in panic', () => {
    const row = only(outage(1).doubt(2300, 0, 0).hit(2700, 0).pick(3000, 0, 0, false));
    expect([row.detectMs.max, row.drainMs.max, row.leaks.panic]).toEqual([300, 700, 0]);
  });

  it('tells leaks by cause', () => {
    const row = only(
      outage()
        // Ejected, back when the ejection runs out, hit twice.
        .remove(2100, 0, 0, 'ejection')
        .restore(2500, 0, 0)
        .hit(2600, 0, 0)
        .hit(2700, 0, 0)
        // Removed by a check; panic brings it back.
        .remove(2100, 1, 0)
        .say({ kind: 'panic', atMs: 2500, caller: 1, on: true })
        .pick(2500, 1, 0, true)
        .hit(2600, 0, 1)
        // Removed by a check, believed in again.
        .remove(2100, 2, 0)
        .restore(2500, 2, 0)
        .hit(2600, 0, 2)
        // Up again: no leak.
        .hit(5500, 0, 0),
    );
    expect(row.leaks).toEqual({ halfOpen: 0, unejected: 2, panic: 1, staleView: 1 });
  });

  it('calls what goes to a host let in for single requests a half-open leak, and splits detection by cause', () => {
    const row = only(
      outage()
        .remove(2200, 0, 0, 'accrual')
        // Half-open at 2500: the probe at 2600 fails. Again at 3500; the next is sent after the repair.
        .say({ kind: 'probing', atMs: 2500, caller: 0, instance: 0, on: true })
        .pick(2500, 0, 0, true)
        .hit(2600, 0, 0, Outcome.refused)
        .say({ kind: 'probing', atMs: 2600, caller: 0, instance: 0, on: false })
        .pick(2600, 0, 0, false)
        .say({ kind: 'probing', atMs: 3500, caller: 0, instance: 0, on: true })
        .pick(3500, 0, 0, true)
        .believe(5300, 0, 0)
        .say({ kind: 'probing', atMs: 5300, caller: 0, instance: 0, on: false })
        // Taken back without a probe when its time is over.
        .remove(2600, 1, 0, 'accrual')
        .restore(2900, 1, 0)
        .hit(3000, 0, 1)
        .remove(3100, 2, 0, 'registry'),
    );
    expect(row.leaks).toEqual({ halfOpen: 1, unejected: 1, panic: 0, staleView: 0 });
    // Caller 0 might send a single request from before the repair, and trusts it 300 ms after; caller 2 never again.
    expect(row.reinstateMs).toMatchObject({ count: 1, p50: 300, mean: (300 + 5000) / 2 });
    expect(row.detectByMs.accrual).toEqual({ count: 2, mean: 400, p50: 200, p90: 600, p99: 600, max: 600 });
    expect(row.detectByMs.registry).toEqual({ count: 1, mean: 1100, p50: 1100, p90: 1100, p99: 1100, max: 1100 });
    expect(row.detectByMs.activeCheck).toEqual(NOBODY);
  });

  it('does not count leaks of callers that were not at risk', () => {
    const script = new Script({ weights: [1, 1] }).allGood().remove(1000, 0, 0).pick(1500, 0, 0, true);
    const row = only(script.outage(0, 2000, 5000).pick(2100, 0, 0, false).pick(2200, 0, 0, true).hit(2300, 0));
    expect([row.alreadyOut, row.leaks.panic + row.leaks.staleView + row.leaks.unejected]).toEqual([1, 0]);
  });

  it('times reinstatement from the repair, of callers in which it was out then', () => {
    const row = only(
      outage(4).remove(2500, 0, 0).remove(2500, 1, 0).remove(2500, 2, 0).restore(5200, 0, 0).restore(5600, 1, 0),
    );
    // Caller 2 is not back by the end of the run, 5000 later; caller 3 was never out.
    expect(row.reinstateMs).toEqual({
      count: 2,
      mean: expect.closeTo((200 + 600 + 5000) / 3, 9),
      p50: 600,
      p90: null,
      p99: null,
      max: 600,
    });
  });

  it('expects no draining and no reinstatement of an instance of weight 0, which is never picked', () => {
    const script = new Script({ weights: [0, 1], callers: 3 }).allGood();
    for (let caller = 0; caller < 3; caller++) {
      script.say({ kind: 'view', atMs: 0, caller, instance: 0, on: true }).believe(0, caller, 0);
    }
    const row = only(script.outage(0, 2000, 5000).doubt(2500, 0, 0).doubt(3500, 1, 0).believe(6000, 0, 0));
    expect([row.atRisk, row.detectMs.count, row.undetected]).toEqual([3, 2, 1]);
    expect([row.drainMs, row.unexposed, row.reinstateMs]).toEqual([NOBODY, 0, NOBODY]);
  });

  it('stops waiting for reinstatement when it goes down again', () => {
    const script = outage(1).remove(2500, 0, 0).outage(0, 6000, 7000).restore(8000, 0, 0);
    const { failovers, failover } = script.run().measures;
    expect(failovers.map(({ reinstateMs }) => [reinstateMs.count, reinstateMs.mean])).toEqual([
      [0, 1000],
      [0, null],
    ]);
    expect(failovers.map(({ atRisk, alreadyOut }) => [atRisk, alreadyOut])).toEqual([
      [1, 0],
      [0, 1],
    ]);
    expect(failover.reinstateMs.mean).toBe(1000);
  });

  it('calls a removal after the repair late where its evidence is older', () => {
    const late = outage().doubt(5100, 0, 0, 'activeCheck', 4900).doubt(5100, 1, 0, 'activeCheck', 5050);
    const { failovers, detector } = late.run().measures;
    expect([failovers[0].late, failovers[0].undetected, detector.falsePositives]).toEqual([1, 3, 1]);
  });

  it('answers for failed attempts in flight while it lasts, and for requests lost to them', () => {
    const row = only(
      outage(1)
        // Sent before, reset by the crash, then a retry elsewhere succeeds.
        .request(0, 1900, [0, 1900, 2000, Outcome.reset], [1, 2000, 2100])
        // Sent while down, times out long after the repair.
        .request(0, 4900, [0, 4900, 7900, Outcome.timedOut])
        // Failed before; sent to the other one; sent at the repair; succeeded. None of these.
        .request(0, 1000, [0, 1000, 1900, Outcome.error])
        .request(0, 3000, [1, 3000, 3100, Outcome.error])
        .request(0, 5000, [0, 5000, 5100, Outcome.error])
        .request(0, 2900, [0, 2900, 5100]),
    );
    expect([row.failedAttempts, row.clientFailures]).toEqual([2, 1]);
  });

  it('is pooled with others over pairs', () => {
    const script = new Script({ weights: [1, 1], callers: 2 }).allGood().outage(0, 1000, 2000).outage(1, 3000, 4000);
    const { failover } = script.remove(1100, 0, 0).remove(1200, 1, 0).remove(3300, 0, 1).run().measures;
    // Detected after 100, 200, 300; one lost at 1000.
    expect(failover.detectMs).toEqual({ count: 3, mean: 400, p50: 200, p90: null, p99: null, max: 300 });
    expect([failover.atRisk, failover.undetected]).toEqual([4, 1]);
  });
});
