/** A state of a chain: whole numbers, whose meaning is the caller's. */
export type State = readonly number[];

/** A step from a state: where to, and how often a unit of time. */
export type Step = readonly [to: State, rate: number];

/** A stationary law: the mean of a figure of the state. */
export type Mean = (figure: (state: State) => number) => number;

/** Sweeps over all states before it gives up. */
const MOST_SWEEPS = 5000;

/**
 * The stationary law of the chain in continuous time that `steps` generates from `start`, which must lead to finitely
 * many states. By Gauss-Seidel, forwards and backwards through the states in the order in which they are found, until
 * what flows into each is what flows out of it (Stewart, Introduction to the Numerical Solution of Markov Chains, 1994).
 */
export function stationary(start: State, steps: (state: State) => readonly Step[]): Mean {
  const { states, steps: all } = explore(start, steps);
  const count = states.length;
  const leaving = new Float64Array(count);
  const firstInto = new Uint32Array(count + 1);
  for (const { from, to, rate } of all) {
    leaving[from] += rate;
    firstInto[to + 1]++;
  }
  for (let i = 0; i < count; i++) firstInto[i + 1] += firstInto[i];
  const sources = new Uint32Array(all.length);
  const rates = new Float64Array(all.length);
  const filled = firstInto.slice();
  for (const { from, to, rate } of all) {
    sources[filled[to]] = from;
    rates[filled[to]++] = rate;
  }
  const law = new Float64Array(count).fill(1 / count);
  const inflow = (i: number): number => {
    let sum = 0;
    for (let step = firstInto[i]; step < firstInto[i + 1]; step++) sum += law[sources[step]] * rates[step];
    return sum;
  };
  for (let sweep = 0; ; sweep++) {
    if (sweep === MOST_SWEEPS) throw new Error(`a chain of ${count} states has not settled in ${sweep} sweeps`);
    for (let i = 0; i < count; i++) law[i] = inflow(i) / leaving[i];
    for (let i = count - 1; i >= 0; i--) law[i] = inflow(i) / leaving[i];
    const total = law.reduce((sum, probability) => sum + probability, 0);
    let imbalance = 0;
    for (let i = 0; i < count; i++) law[i] /= total;
    for (let i = 0; i < count; i++) imbalance += Math.abs(inflow(i) - law[i] * leaving[i]);
    if (imbalance < 1e-11) break;
  }
  return (figure) => states.reduce((sum, state, i) => sum + law[i] * figure(state), 0);
}

interface Flow {
  readonly from: number;
  readonly to: number;
  readonly rate: number;
}

/** All states that can be reached, breadth first, and the steps between them. */
function explore(start: State, steps: (state: State) => readonly Step[]): { states: State[]; steps: Flow[] } {
  const indexes = new Map([[start.join(), 0]]);
  const states = [start];
  const found: Flow[] = [];
  for (let from = 0; from < states.length; from++) {
    for (const [state, rate] of steps(states[from])) {
      const text = state.join();
      const to = indexes.get(text) ?? states.length;
      if (to === states.length) {
        indexes.set(text, to);
        states.push(state);
      }
      found.push({ from, to, rate });
    }
  }
  return { states, steps: found };
}

/** The chance that an arrival joins each of the queues of these lengths. */
export type Joining = (queues: State) => readonly number[];

/**
 * Mean response over `servers` exponential servers with unit service and Poisson arrivals at load `rho` each, where all
 * that arrivals go by is the lengths of the queues, served included. Servers are alike, so a state is those lengths in
 * rising order. With so many in the system that rho^most is 10^-9 arrivals are turned away, which must be next to none.
 */
export function meanResponse(servers: number, rho: number, joining: Joining): number {
  const arrivals = rho * servers;
  const most = Math.ceil(Math.log(1e-9) / Math.log(rho));
  const mean = stationary(new Array<number>(servers).fill(0), (queues) => {
    const steps: Step[] = [];
    const full = inAll(queues) === most;
    const chances = joining(queues);
    queues.forEach((length, i) => {
      if (!full && chances[i] > 0) steps.push([sortedWith(queues, i, length + 1), arrivals * chances[i]]);
      if (length > 0) steps.push([sortedWith(queues, i, length - 1), 1]);
    });
    return steps;
  });
  const turnedAway = mean((queues) => (inAll(queues) === most ? 1 : 0));
  if (turnedAway > 1e-7) throw new Error(`a chain up to ${most} turns ${turnedAway} of its arrivals away`);
  return mean(inAll) / arrivals;
}

function inAll(queues: State): number {
  return queues.reduce((sum, length) => sum + length, 0);
}

function sortedWith(queues: State, index: number, length: number): State {
  return queues.with(index, length).sort((a, b) => a - b);
}
