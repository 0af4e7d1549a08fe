import { unwatchFile, watchFile } from 'node:fs';
import { resolve } from 'node:path';
import { OutputError } from '../report/output_error.ts';
import { visible } from '../scenario/diagnostics.ts';
import { ExitCode } from './exit_code.ts';
import { filesReadFor } from './read_scenarios.ts';
import { type RunOptions, runCommand } from './run_command.ts';
import { say } from './streams.ts';
import { UsageError } from './usage_error.ts';

/** How often files are looked at. Looking works with every editor and file system; being told does not. */
const POLL_MS = 150;
/** Editors write in several steps: what changes within this time is one save. */
const SETTLE_MS = 100;

/**
 * Runs the files, and again whenever one of them is saved, or one that they name; until Ctrl-C. That is how a watch ends,
 * so it is no failure: 0. Whatever a run ends with is said and the watch goes on, but for a bug of ours.
 */
export async function watchCommand(files: readonly string[], options: RunOptions): Promise<ExitCode> {
  if (files.includes('-')) throw new UsageError("'-', standard input, cannot be watched: name files");
  const stop = stopSignal();
  const watched = createWatch();
  try {
    let first = true;
    while (!stop.signal.aborted) {
      // Before reading, so that what is saved meanwhile is not missed.
      watched.cover(files);
      const code = await runOnce(files, options, first);
      first = false;
      if (code === ExitCode.bug) return code;
      if (code === ExitCode.interrupted || stop.signal.aborted) break;
      const paths = watched.cover([...files, ...filesReadFor(files)]);
      say(`\nwatching ${paths.map(visible).join(', ')}; Ctrl-C ends it`);
      const changed = await watched.nextChange(stop.signal);
      if (changed.length === 0) break;
      clearScreen(options);
      say(`${changed.map(visible).join(', ')} changed: running again`);
    }
    return ExitCode.pass;
  } finally {
    watched.close();
    stop.release();
  }
}

/** The first time a usage error is the command line's; later a file may be gone for a moment. */
async function runOnce(files: readonly string[], options: RunOptions, first: boolean): Promise<ExitCode> {
  try {
    return await runCommand(files, options);
  } catch (thrown) {
    if (first || !(thrown instanceof UsageError || thrown instanceof OutputError)) throw thrown;
    say(`meshtrial: ${thrown.message}`);
    return ExitCode.usage;
  }
}

interface Watch {
  /** Looks at these files from now on; returns them, each once. What is watched already stays so. */
  cover(files: readonly string[]): readonly string[];
  /** What changed since the last time it was asked, as soon as something did and all is quiet; nothing when told to stop. */
  nextChange(stop: AbortSignal): Promise<string[]>;
  close(): void;
}

function createWatch(): Watch {
  /** By absolute path: what it was called. */
  const names = new Map<string, string>();
  const changed = new Set<string>();
  let wake = () => {};
  return {
    cover(files) {
      for (const file of files) {
        const path = resolve(file);
        if (names.has(path)) continue;
        names.set(path, file);
        watchFile(path, { interval: POLL_MS }, () => {
          changed.add(file);
          wake();
        });
      }
      return [...names.values()];
    },
    nextChange(stop) {
      return new Promise((done) => {
        let timer: NodeJS.Timeout | undefined;
        const finish = () => {
          wake = () => {};
          clearTimeout(timer);
          stop.removeEventListener('abort', finish);
          const found = [...changed];
          changed.clear();
          done(stop.aborted ? [] : found);
        };
        wake = () => {
          clearTimeout(timer);
          timer = setTimeout(finish, SETTLE_MS);
        };
        stop.addEventListener('abort', finish);
        if (stop.aborted) finish();
        else if (changed.size > 0) wake();
      });
    },
    close() {
      for (const path of names.keys()) unwatchFile(path);
    },
  };
}

/** While a run is on, its own listener hears the same signals, and ends it. */
function stopSignal(): { signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const onSignal = () => controller.abort();
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of signals) process.on(name, onSignal);
  return {
    signal: controller.signal,
    release() {
      for (const name of signals) process.removeListener(name, onSignal);
    },
  };
}

/** Only where somebody looks at a screen: what came before is then of no interest. */
function clearScreen({ json }: RunOptions): void {
  if (json || process.stdout.isTTY !== true || process.env.TERM === 'dumb') return;
  process.stdout.write('\u001b[2J\u001b[3J\u001b[H');
}
