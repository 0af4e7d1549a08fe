import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

/** The rules of the house (DESIGN.md, section 1), checked on the house itself. */
const src = fileURLToPath(new URL('../src', import.meta.url));

/**
 * What each room may import: rooms, rooms of which types only, single files of such rooms (option descriptors and
 * defaults, plain data all of them), and packages where the room is held to a list.
 */
const rooms: Record<string, { from: string[]; types?: string[]; files?: string[]; packages?: string[] }> = {
  core: { from: [], packages: ['seedrandom/lib/alea.js', 'xxhash-wasm', 'crc-32'] },
  registry: { from: ['core'] },
  balancer: { from: ['core'] },
  health: { from: ['core'] },
  mesh: { from: ['core', 'registry', 'balancer', 'health'] },
  sim: { from: ['core', 'registry', 'balancer', 'health', 'mesh'], packages: ['simple-statistics'] },
  live: {
    from: ['core', 'registry', 'balancer', 'health', 'mesh'],
    packages: ['node:net', 'node:perf_hooks', 'undici'],
  },
  metrics: {
    from: ['core'],
    packages: ['simple-statistics', '@stdlib/stats-base-dists-t-quantile', '@stdlib/math-base-special-gammaincinv'],
  },
  scenario: {
    from: ['core', 'metrics'],
    types: ['registry', 'balancer', 'health', 'mesh', 'sim'],
    files: [
      'balancer/load_balancer.ts',
      'health/checks/settings.ts',
      'health/outlier/settings.ts',
      'health/swim/settings.ts',
      'mesh/request_policy.ts',
      'sim/faults/kinds.ts',
      'sim/registries/memory/settings.ts',
      'sim/faults/steps.ts',
      'sim/containers/settings.ts',
      'sim/registries/consul/settings.ts',
      'sim/registries/etcd/settings.ts',
      'sim/registries/kubernetes/settings.ts',
      'sim/registries/eureka/settings.ts',
      'sim/registries/dns/settings.ts',
      'sim/registries/eds/settings.ts',
    ],
    packages: ['yaml'],
  },
  run: {
    from: ['core', 'registry', 'balancer', 'health', 'mesh', 'sim', 'scenario', 'metrics'],
    packages: ['node:fs', 'node:worker_threads'],
  },
  report: { from: ['core', 'metrics'], types: ['run', 'scenario'] },
  cli: { from: ['core', 'scenario', 'run', 'report', 'live'] },
};

const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
  .map((file) => ({
    file,
    room: file.includes('/') ? file.split('/')[0] : null,
    text: readFileSync(join(src, file), 'utf8'),
  }));

interface Import {
  readonly target: string;
  readonly typeOnly: boolean;
}

function importsOf({ file, text }: { file: string; text: string }): Import[] {
  const imports = text.matchAll(/(?:^(?:import|export)\s+(type\s+)?([^'";]*?\s+from\s+)?|\bimport\()'([^']+)'/gm);
  return [...imports].map((match) => {
    const names = match[2] ?? '';
    const allTypes = /^\{(\s*type\s+\w+(\s+as\s+\w+)?\s*,?)+\s*\}\s+from\s+$/.test(names);
    const path = match[3];
    const target = path.startsWith('.') ? relative('.', normalize(join(dirname(file), path))) : path;
    return { target, typeOnly: match[1] !== undefined || allTypes };
  });
}

describe('the house', () => {
  it('has a rule for every room and a room for every rule', () => {
    expect([...new Set(files.map(({ room }) => room).filter((room) => room !== null))].toSorted()).toEqual(
      Object.keys(rooms).toSorted(),
    );
  });

  for (const { file, room, text } of files.filter((each) => each.room !== null)) {
    it(`${file} imports only what its room may`, () => {
      const rule = rooms[room as string];
      for (const { target, typeOnly } of importsOf({ file, text })) {
        if (target.endsWith('.ts')) {
          const other = target.split('/')[0];
          const allowed =
            other === room ||
            rule.from.includes(other) ||
            rule.files?.includes(target) ||
            (typeOnly && rule.types?.includes(other));
          expect(allowed, `${room} may not import ${typeOnly ? 'types' : 'values'} of ${target}`).toBe(true);
        } else if (rule.packages !== undefined || ['registry', 'balancer', 'health', 'mesh'].includes(room as string)) {
          expect(rule.packages ?? [], `${room} may not import the package ${target}`).toContain(target);
        }
      }
    });
  }

  const worldly =
    /\b(Date\.now|new Date|performance\.now|setTimeout|setInterval|setImmediate|Math\.random|process\.|console\.)/;
  it('touches the clock, chance and the process only in live/, cli/ and the worker pool', () => {
    const offenders = files
      .filter(({ room, file }) => room !== 'live' && room !== 'cli' && file !== 'run/pool.ts')
      .filter(({ text }) => worldly.test(withoutComments(text)))
      .map(({ file }) => file);
    expect(offenders).toEqual([]);
  });

  it('keeps its files short enough to read in one go', () => {
    const long = files.filter(({ text }) => text.split('\n').length > 400).map(({ file }) => file);
    expect(long).toEqual([]);
  });

  it('names files in snake case', () => {
    expect(files.map(({ file }) => file).filter((file) => !/^([a-z0-9_]+\/)*[a-z0-9_]+\.ts$/.test(file))).toEqual([]);
  });

  it('has no file that nobody imports', () => {
    const entries = new Set(['index.ts', 'sim.ts', 'cli/main.ts', 'run/worker.ts', 'report/html/page/main.ts']);
    const imported = new Set(files.flatMap((each) => importsOf(each).map(({ target }) => target)));
    expect(files.map(({ file }) => file).filter((file) => !imported.has(file) && !entries.has(file))).toEqual([]);
  });
});

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '');
}
