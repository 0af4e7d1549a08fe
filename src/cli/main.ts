#!/usr/bin/env node
import { CommanderError } from 'commander';
import { OutputError } from '../report/output_error.ts';
import { messageOf } from '../run/failure.ts';
import { ExitCode } from './exit_code.ts';
import { createProgram } from './program.ts';
import { ownStreamErrors, say, writeOut } from './streams.ts';
import { UsageError } from './usage_error.ts';

ownStreamErrors();
process.exitCode = await main().catch(report);

async function main(): Promise<ExitCode> {
  let code: ExitCode = ExitCode.pass;
  /** Help and version, which commander prints in passing. */
  const help: string[] = [];
  const program = createProgram({
    print: (text) => help.push(text),
    finish: (ended) => {
      code = ended;
    },
  });
  try {
    await program.parseAsync();
    return code;
  } finally {
    await writeOut(help);
  }
}

/** Says what went wrong, unless it has been said, and with which code to leave. */
function report(thrown: unknown): ExitCode {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? ExitCode.pass : ExitCode.usage;
  if (thrown instanceof UsageError || thrown instanceof OutputError) {
    say(`meshtrial: ${thrown.message}`);
    return ExitCode.usage;
  }
  say(`this is a bug in meshtrial: ${messageOf(thrown)}\nplease report it, with the scenario file`);
  return ExitCode.bug;
}
