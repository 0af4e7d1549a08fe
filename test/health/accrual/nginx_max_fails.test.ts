import { describe, expect, it, test } from 'vitest';
import { Outcome } from '../../../src/core/outcome.ts';
import { nginxMaxFails } from '../../../src/health/accrual/nginx_max_fails.ts';
import { Watched } from './watched.ts';

/** nginx-tests upstream.t: two servers with max_fails=3 fail_timeout=10s in turn; every third request to the first is closed without an answer, and goes to the second. */
function answers(count: number, delayMs: number): number[] {
  const watched = new Watched(nginxMaxFails, { maxFails: 3 });
  const served = [0, 0];
  let asked = 0;
  let turn = 0;
  for (let i = 0; i < count; i++) {
    let host = turn++ % 2;
    if (watched.standing(host) === 'out') host = 1 - host;
    if (host === 0 && ++asked % 3 === 0) {
      watched.send(Outcome.reset, 0);
      host = 1;
    }
    watched.send(Outcome.ok, host);
    served[host]++;
    watched.clock.advance(delayMs);
  }
  return served;
}

describe("nginx's own tests (upstream.t)", () => {
  it.each([
    ['failures', 0],
    ['failures delay', 200],
  ])('%s: of 30 requests 6 and 24', (_, delayMs) => {
    expect(answers(30, delayMs)).toEqual([6, 24]);
  });
});

describe('nginx-max-fails', () => {
  test('by default one failure is enough, and a host rests for more than 10 whole seconds', () => {
    const watched = new Watched(nginxMaxFails, {}, { startMs: 2300 });
    expect(watched.play('x')).toBe('out');
    watched.clock.advanceTo(12_999);
    expect(watched.standing()).toBe('out');
    watched.clock.advanceTo(60_000);
    expect(watched.log).toEqual(['2300 0 out', '13000 0 probing']);
  });

  test('one request finds out: while it is under way the host is out, its success brings it back', () => {
    const watched = new Watched(nginxMaxFails);
    watched.play('x');
    watched.clock.advance(20_000);
    watched.health.started(0);
    expect(watched.standing()).toBe('out');
    watched.clock.advance(5000);
    watched.health.ended(0, Outcome.ok);
    expect(watched.log).toEqual(['0 0 out', '11000 0 probing', '20000 0 out', '25000 0 in']);
  });

  test('its failure starts another rest', () => {
    const watched = new Watched(nginxMaxFails);
    watched.play('x');
    watched.clock.advance(20_000);
    watched.health.started(0);
    watched.clock.advance(5000);
    watched.health.ended(0, Outcome.timedOut);
    watched.clock.advance(60_000);
    expect(watched.log).toEqual(['0 0 out', '11000 0 probing', '20000 0 out', '36000 0 probing']);
  });

  test('a probe without an end keeps others away for fail_timeout only', () => {
    const watched = new Watched(nginxMaxFails);
    watched.play('x');
    watched.clock.advance(20_000);
    watched.health.started(0);
    watched.clock.advance(11_000);
    expect(watched.log.at(-1)).toBe('31000 0 probing');
  });

  test('failures need not be consecutive, and a success clears none of them soon after', () => {
    const watched = new Watched(nginxMaxFails, { maxFails: 3 });
    expect(watched.play('+x+..x+..+')).toBe('in');
    expect(watched.play('x')).toBe('out');
  });

  test('a success more than fail_timeout after the last failure clears them', () => {
    const watched = new Watched(nginxMaxFails, { maxFails: 2 });
    expect(watched.play('x...........+x+')).toBe('in');
    expect(watched.play('x')).toBe('out');
  });

  test('a failure of a request sent before prolongs the rest; a success of one does not end it', () => {
    const watched = new Watched(nginxMaxFails);
    for (let i = 0; i < 3; i++) watched.health.started(0);
    watched.health.ended(0, Outcome.reset);
    watched.clock.advance(4000);
    watched.health.ended(0, Outcome.reset);
    watched.health.ended(0, Outcome.ok);
    watched.clock.advance(20_000);
    expect(watched.log).toEqual(['0 0 out', '15000 0 probing']);
  });

  test('max_fails=0 switches it off', () => {
    expect(new Watched(nginxMaxFails, { maxFails: 0 }).play('xxxxxx')).toBe('in');
  });

  test('the only host of a group is never marked down, and comes back when it becomes that', () => {
    expect(new Watched(nginxMaxFails, {}, { hosts: 1 }).play('xxxxxx')).toBe('in');
    const watched = new Watched(nginxMaxFails);
    watched.play('x');
    watched.remove(1);
    expect(watched.standing()).toBe('in');
    watched.add(1);
    expect(watched.standing()).toBe('out');
    watched.remove(1);
    watched.clock.advance(20_000);
    watched.health.started(0);
    watched.add(1);
    expect(watched.standing()).toBe('probing');
    watched.remove(1);
    watched.play('+');
    watched.add(1);
    expect(watched.standing()).toBe('in');
  });

  test('proxy_next_upstream error timeout: a 5xx is no failure unless told so', () => {
    for (const failure of ['r', 'x', 't']) expect(new Watched(nginxMaxFails).play(failure)).toBe('out');
    for (const failure of ['-', 'q']) {
      expect(new Watched(nginxMaxFails).play(failure)).toBe('in');
      expect(new Watched(nginxMaxFails, { serverErrors: true }).play(failure)).toBe('out');
    }
  });

  test('fail_timeout is in whole seconds', () => {
    expect(nginxMaxFails.problemWith({ failTimeout: 1500 })?.option).toBe('failTimeout');
    expect(() => new Watched(nginxMaxFails, { failTimeout: 1500 })).toThrow(/whole number of seconds, found 1500/);
  });
});
