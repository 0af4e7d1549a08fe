// What a pool under test runs: the task says what becomes of it.
export async function runCell({ seed, trial }) {
  if (trial === 'fail') return { failure: `seed ${seed} broke a promise` };
  if (trial === 'throw') throw new TypeError('not caught');
  if (trial === 'hoard') for (const hoard = []; ; ) hoard.push(new Array(10_000).fill(hoard.length));
  if (trial === 'forever') for (;;);
  return { report: { measures: { digest: String(seed) }, upShare: [], series: null } };
}
