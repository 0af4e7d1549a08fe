/**
 * The supermarket model: n servers with unit service, Poisson arrivals at load `rho` each, and each arrival joins the
 * shortest of `choices` queues drawn with replacement.
 */
export interface Supermarket {
  /** The mean number at a server, being served included, as n goes to infinity. */
  readonly limit: number;
  /** With n servers it is `limit` + `excess` / n + O(1/n^2). */
  readonly excess: number;
  /** By how much a run's number at a server is expected to be off for each unit that its share of busy servers is off rho. */
  readonly perBusy: number;
  /** How long the slowest deviation takes to shrink to a part in e. */
  readonly relaxationMs: number;
}

/**
 * Let x(k) be the share of servers with at least k. The limit is the fixed point x(k) = rho^((d^k - 1)/(d - 1)) of dx(k)/dt = rho (x(k-1)^d - x(k)^d) - (x(k) - x(k+1))
 * (Mitzenmacher, The Power of Two Choices in Randomized Load Balancing, IEEE TPDS 12(10), 2001).
 *
 * Around it, with A the derivative of that drift, B its second derivative and Q the rates of jumps, each by 1/n in one
 * x(k): C, n times the covariance, solves A C + C A' + Q = 0, and the means lie -A^-1 (B C) / 2 off, divided by n (Gast and
 * Van Houdt, A Refined Mean Field Approximation, SIGMETRICS 2018). Means over a time T have, as T grows, the covariance
 * S / (n T), S = M + M' with M = -A^-1 C. So the share of busy servers, x(1), whose mean is rho, tells how much of a run's
 * deviation is chance: a control variate with the coefficient S(1, all) / S(1, 1).
 */
export function supermarket(rho: number, choices: number): Supermarket {
  const x = [1];
  for (let power = 1; x[x.length - 1] > 1e-12; power = choices * power + 1) x.push(rho ** power);
  const size = x.length - 1;
  const at = (k: number): number => x[k] ?? 0;
  const joins = (k: number): number => rho * choices * at(k) ** (choices - 1);
  const drift = square(size, (i, j) => {
    if (j === i - 1) return joins(i);
    if (j === i + 1) return 1;
    return j === i ? -joins(i + 1) - 1 : 0;
  });
  const covariance = lyapunov(drift, (i) => 2 * (at(i + 1) - at(i + 2)));
  const spread = (k: number): number => (k === 0 ? 0 : at(k) ** (choices - 2) * covariance[k - 1][k - 1]);
  const curvature = Array.from({ length: size }, (_, i) => rho * choices * (choices - 1) * (spread(i) - spread(i + 1)));
  const shifts = solve(
    drift,
    curvature.map((value) => -value / 2),
  );
  // Of S only the row of x(1) is needed: column by column of M, its first row, and its first column.
  const columns = square(size, (i, j) => -covariance[j][i]).map((column) => solve(drift, column));
  const withBusy = columns.map((column, j) => column[0] + columns[0][j]);
  return {
    limit: sum(x.slice(1)),
    excess: sum(shifts),
    perBusy: sum(withBusy) / withBusy[0],
    relaxationMs: slowest(drift),
  };
}

type Matrix = readonly (readonly number[])[];

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function square(size: number, value: (i: number, j: number) => number): number[][] {
  return Array.from({ length: size }, (_, i) => Array.from({ length: size }, (_, j) => value(i, j)));
}

/** One over the smallest eigenvalue of -A, by inverse iteration: the slowest to go is what is left. */
function slowest(a: Matrix): number {
  let mode: readonly number[] = a.map(() => 1);
  let growth = 0;
  for (let i = 0; i < 40; i++) {
    const next = solve(
      a,
      mode.map((value) => -value),
    );
    growth = sum(next) / sum(mode);
    mode = next.map((value) => value / growth);
  }
  return growth;
}

/** C of A C + C A' + diag(q) = 0, as so many linear equations. */
function lyapunov(a: Matrix, q: (i: number) => number): Matrix {
  const size = a.length;
  const equations = square(size * size, (row, column) => {
    const [i, j, k, l] = [Math.floor(row / size), row % size, Math.floor(column / size), column % size];
    return (l === j ? a[i][k] : 0) + (k === i ? a[j][l] : 0);
  });
  const found = solve(
    equations,
    equations.map((_, row) => (row % (size + 1) === 0 ? -q(row / (size + 1)) : 0)),
  );
  return square(size, (i, j) => found[i * size + j]);
}

/** Gauss and Jordan's elimination, with the greatest pivot of each column. */
function solve(matrix: Matrix, right: readonly number[]): number[] {
  const rows = matrix.map((row, i) => [...row, right[i]]);
  for (let column = 0; column < rows.length; column++) {
    let pivot = column;
    for (let i = column; i < rows.length; i++) if (Math.abs(rows[i][column]) > Math.abs(rows[pivot][column])) pivot = i;
    [rows[column], rows[pivot]] = [rows[pivot], rows[column]];
    for (let i = 0; i < rows.length; i++) {
      const factor = rows[i][column] / rows[column][column];
      if (i === column || factor === 0) continue;
      for (let j = column; j <= rows.length; j++) rows[i][j] -= factor * rows[column][j];
    }
  }
  return rows.map((row, i) => row[rows.length] / row[i]);
}
