/** Loads told apart: up to 15 in flight each by itself, above by quarters of an octave, up to about 200. */
const EXACT = 16;
const LEVELS = 32;
/** Latencies kept of each level. */
const SAMPLES = 8;
/** Older latencies say nothing of the server as it is now. */
const MAX_AGE_MS = 5000;

/**
 * The latency a server expects, as Prequal's servers estimate it (NSDI 2024, section 4): each answer leaves its latency,
 * with the number of requests that were there when it arrived, and the estimate is the median of recent latencies at or
 * near the present number. Here: of the last eight at that number and of the last 5 s, or at the nearest number that has
 * any. 0 where there are none, so that a server without recent traffic is tried.
 */
export class LatencyByLoad {
  private readonly latencyMs = new Float64Array(LEVELS * SAMPLES);
  private readonly atMs = new Float64Array(LEVELS * SAMPLES);
  /** By level, how many there have ever been. */
  private readonly count = new Float64Array(LEVELS);
  /** What `expectedMs` takes the median of: the samples of one level, or of two as far away on either side. */
  private readonly found = new Float64Array(2 * SAMPLES);

  forget(): void {
    this.count.fill(0);
  }

  add(inFlight: number, latencyMs: number, nowMs: number): void {
    const level = levelOf(inFlight);
    const place = level * SAMPLES + (this.count[level]++ % SAMPLES);
    this.latencyMs[place] = latencyMs;
    this.atMs[place] = nowMs;
  }

  expectedMs(inFlight: number, nowMs: number): number {
    const level = levelOf(inFlight);
    for (let distance = 0; distance < LEVELS; distance++) {
      let found = this.collect(level - distance, nowMs, 0);
      if (distance > 0) found = this.collect(level + distance, nowMs, found);
      if (found > 0) return medianOfFirst(this.found, found);
    }
    return 0;
  }

  /** Adds a level's recent latencies to the first `found` in `found`; how many there are then. */
  private collect(level: number, nowMs: number, found: number): number {
    if (level < 0 || level >= LEVELS) return found;
    const first = level * SAMPLES;
    const end = first + Math.min(this.count[level], SAMPLES);
    for (let place = first; place < end; place++) {
      if (nowMs - this.atMs[place] <= MAX_AGE_MS) this.found[found++] = this.latencyMs[place];
    }
    return found;
  }
}

function levelOf(inFlight: number): number {
  if (inFlight < EXACT) return inFlight;
  return Math.min(EXACT + Math.floor(4 * Math.log2(inFlight / EXACT)), LEVELS - 1);
}

/** Sorts them in place: `subarray` would allocate a view. */
function medianOfFirst(values: Float64Array, count: number): number {
  for (let i = 1; i < count; i++) {
    const value = values[i];
    let at = i;
    for (; at > 0 && values[at - 1] > value; at--) values[at] = values[at - 1];
    values[at] = value;
  }
  const middle = count >> 1;
  return count % 2 === 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}
