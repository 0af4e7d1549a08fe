import { benchEngine } from './engine.ts';
import { isolate } from './isolate.ts';
import { benchStrategies } from './strategies.ts';

/** `npm run bench [engine] [strategies]`: all of them where none is named. */
const benches: Record<string, () => Promise<string>> = {
  engine: () => benchEngine({ requests: 2_000_000, rounds: 7 }),
  strategies: () =>
    benchStrategies({
      hosts: [10, 100, 1000, 10_000],
      timeMs: 40,
      rounds: 7,
      isolate,
      csv: 'results/bench/strategies.csv',
    }),
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(benches, name));
if (unknown.length > 0) {
  process.stderr.write(`no bench named ${unknown.join(', ')}; there are ${Object.keys(benches).join(', ')}\n`);
  process.exitCode = 2;
} else {
  for (const name of asked.length > 0 ? asked : Object.keys(benches)) {
    process.stdout.write(`${await benches[name]()}\n\n`);
  }
}
