import { randomStream } from '../src/core/random.ts';

/**
 * What a general simulator is measured against: a bare loop over typed arrays that does the same arrivals and the same
 * queues (exponential, first in first out, round robin, one 4-ary heap of completions) and nothing else: no callers,
 * no hosts, no health, nothing recorded but the mean response. Returns that mean, so that no compiler can drop the work.
 */
export function runBareQueues(servers: number, load: number, requests: number, seed: number): number {
  const arrivals = randomStream(`${seed}/arrivals`);
  const services = randomStream(`${seed}/demand`);
  const meanGap = 1 / (load * servers);
  const capacity = 1 << 14;
  const waiting = Array.from({ length: servers }, () => new Float64Array(capacity));
  const head = new Int32Array(servers);
  const length = new Int32Array(servers);
  const time = new Float64Array(servers + 1);
  const server = new Int32Array(servers + 1);
  let size = 0;
  let next = arrivals.exponential(meanGap);
  let turn = 0;
  let responses = 0;
  let done = 0;

  const insert = (at: number, which: number): void => {
    let i = size++;
    while (i > 0) {
      const parent = (i - 1) >> 2;
      if (time[parent] <= at) break;
      time[i] = time[parent];
      server[i] = server[parent];
      i = parent;
    }
    time[i] = at;
    server[i] = which;
  };
  const replaceRoot = (at: number, which: number): void => {
    let i = 0;
    for (;;) {
      let child = 4 * i + 1;
      if (child >= size) break;
      const end = Math.min(child + 4, size);
      let best = child;
      for (child++; child < end; child++) if (time[child] < time[best]) best = child;
      if (time[best] >= at) break;
      time[i] = time[best];
      server[i] = server[best];
      i = best;
    }
    time[i] = at;
    server[i] = which;
  };

  while (done < requests) {
    if (size === 0 || next < time[0]) {
      const now = next;
      next += arrivals.exponential(meanGap);
      const which = turn;
      turn = turn + 1 === servers ? 0 : turn + 1;
      waiting[which][(head[which] + length[which]) & (capacity - 1)] = now;
      if (++length[which] === 1) insert(now + services.exponential(1), which);
    } else {
      const now = time[0];
      const which = server[0];
      responses += now - waiting[which][head[which]];
      head[which] = (head[which] + 1) & (capacity - 1);
      done++;
      if (--length[which] > 0) replaceRoot(now + services.exponential(1), which);
      else if (--size > 0) replaceRoot(time[size], server[size]);
    }
  }
  return responses / done;
}
