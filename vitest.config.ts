import { configDefaults, defineConfig } from 'vitest/config';

/**
 * Each of these gets a process of its own, and they begin first. The laws set flags of the engine and count what they
 * check. The others are the longest, and would hold everything up at the end.
 */
const alone = [
  'test/laws/**/*.test.ts',
  'test/theory/{many_servers,single_server,shortest_queue,supermarket,callers,ejection}.test.ts',
];

/** What is promised of the scenarios we ship: all of it is held against one run of each. */
const shipped = ['test/reference.test.ts', 'test/scenarios.test.ts'];

export default defineConfig({
  test: {
    testTimeout: 240_000,
    setupFiles: 'test/helpers/property_sizes.ts',
    // All cores; the default leaves one of them idle, which is half a machine of two.
    maxWorkers: '100%',
    projects: [
      // Projects run in the order of their names.
      { extends: true, test: { name: 'alone', include: alone } },
      {
        extends: true,
        test: { name: 'shipped', include: shipped, globalSetup: 'test/helpers/shipped_runs.ts' },
      },
      {
        extends: true,
        test: {
          name: 'together',
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...alone, ...shipped],
          // A process reads src once, not once a file: that takes longer than most files' tests. So no file may leave
          // anything behind: spies, another folder, timers.
          isolate: false,
        },
      },
    ],
  },
});
