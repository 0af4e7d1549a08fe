import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LoadMeter } from '../../src/sim/load_meter.ts';

describe('rates', () => {
  test('are taken over the bucket of 100 ms under way and the nine before it', () => {
    const meter = new LoadMeter();
    for (let ms = 5; ms < 3000; ms += 10) meter.addAnswer(ms % 50 === 5, ms);
    // At 2999 since 2000; at 3000 since 2100: 90 answers, of them 18 errors.
    expect(meter.answerRate(2999)).toBeCloseTo(100 / 0.999, 9);
    expect(meter.answerRate(3000)).toBeCloseTo(90 / 0.9, 9);
    expect(meter.errorRate(3000)).toBeCloseTo(18 / 0.9, 9);
    // Nobody answered since.
    expect(meter.answerRate(3450)).toBeCloseTo(50 / 0.95, 9);
    expect(meter.answerRate(3900)).toBe(0);
    expect(meter.answerRate(1e9)).toBe(0);
  });

  test('of a young process are taken over its life, at least 100 ms', () => {
    const meter = new LoadMeter();
    meter.addAnswer(false, 10);
    expect(meter.answerRate(10)).toBe(10);
    expect(meter.answerRate(400)).toBe(2.5);
    meter.restart(430);
    expect(meter.answerRate(430)).toBe(0);
    meter.addAnswer(false, 440);
    expect(meter.answerRate(440)).toBe(10);
    expect(meter.answerRate(680)).toBe(4);
  });

  test('are those of all events written down', () => {
    const spell = fc.record({
      gap: fc.integer({ min: 0, max: 4000 }).map((tenths) => tenths / 10),
      workers: fc.nat(3),
      answers: fc.nat(3),
    });
    fc.assert(
      fc.property(fc.array(spell, { maxLength: 50 }), (spells) => {
        const meter = new LoadMeter();
        const answers: number[] = [];
        const busy: { from: number; to: number; workers: number }[] = [];
        let now = 0;
        for (const { gap, workers, answers: count } of spells) {
          meter.addBusy(workers, now, now + gap);
          busy.push({ from: now, to: now + gap, workers });
          now += gap;
          for (let i = 0; i < count; i++) {
            meter.addAnswer(false, now);
            answers.push(now);
          }
          const start = Math.max(0, Math.floor(now / 100) * 100 - 900);
          const span = Math.max(now - start, 100);
          const work = busy.reduce(
            (sum, { from, to, workers }) => sum + workers * Math.max(0, to - Math.max(from, start)),
            0,
          );
          expect(meter.busyWorkers(now)).toBeCloseTo(work / span, 9);
          expect(meter.answerRate(now)).toBeCloseTo((answers.filter((at) => at >= start).length / span) * 1000, 9);
        }
      }),
    );
  });
});

test('latencies are kept from the first question on, until the process starts anew', () => {
  const meter = new LoadMeter();
  meter.addLatency(3, 7, 1000);
  expect(meter.expectedMs(3, 1000)).toBe(0);
  meter.addLatency(3, 7, 1000);
  expect(meter.expectedMs(3, 1000)).toBe(7);
  meter.restart(1001);
  expect(meter.expectedMs(3, 1001)).toBe(0);
});
