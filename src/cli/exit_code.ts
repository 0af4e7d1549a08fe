/** How a command ended. Part of the interface: scripts depend on it. */
export const ExitCode = {
  pass: 0,
  bug: 1,
  usage: 2,
  /** Of `replay`: the digest is not that of the saved result. */
  notTheSameRun: 97,
  regression: 98,
  thresholdFailed: 99,
  invalidScenario: 104,
  interrupted: 105,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** For `--help`. */
export const exitCodeHelp = `Exit codes:
  0    pass
  1    a bug in meshtrial
  2    usage: an unknown option, a file that cannot be read or written
  97   a replayed run is not the one that was saved
  98   a metric became worse than compare --fail-on allows
  99   a threshold failed; with --strict, or is inconclusive
  104  a scenario is invalid; nothing was run
  105  interrupted; what was done until then is written`;
