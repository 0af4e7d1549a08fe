/** A limit on everything, so that a mistyped digit gives a message and not an hour of silence. Times in milliseconds. */
export const limits = {
  /** Characters of a scenario file. */
  fileLength: 512 * 1024,
  /** Bytes of a result.json that is read back: a string of JavaScript is at most twice as long. */
  resultLength: 256 * 1024 * 1024,
  /** Lexical pieces of a scenario file: some 20,000 keys or list items. */
  lexemes: 100_000,
  /** Blocks and lists inside each other. */
  nesting: 64,
  /** Values that aliases (`*name`) may add, counted as if they were written out. */
  aliasedValues: 100_000,
  /** Problems kept; reading stops there. */
  problems: 1_000,
  /** Problems shown. */
  problemsShown: 50,
  /** Documents read to find out which value of a matrix or a variant is to blame for problems. */
  blameTrials: 2_000,
  nameLength: 64,
  idLength: 128,
  descriptionLength: 10_000,
  /** What a threshold may call a column: a strategy with its options. */
  labelLength: 1_000,
  /** About 27 years. */
  durationMs: 10_000 * 86_400_000,
  /** Length of a run: some figures are kept for every second of it, so that memory grows with it. */
  runMs: 31 * 86_400_000,
  /** Of anything counted that has no tighter limit. */
  count: 1_000_000_000,
  /** A Zipf law keeps some 20 bytes for each. */
  zipfKeys: 10_000_000,
  weight: 1_000_000,
  /** Of weights above 0: the ratio of two stays far inside what a double holds exactly. */
  leastWeight: 1e-6,
  replications: 10_000,
  instanceGroups: 1_000,
  instances: 100_000,
  callers: 10_000,
  /** Threads of one caller. */
  workers: 128,
  /** Callers x instances x workers: each caller keeps its own view of each instance, each of its workers its own strategy. */
  pairs: 10_000_000,
  /** Instances and callers that watch each other by gossip: each keeps a record of each. */
  gossipMembers: 1_000,
  /** Expected requests of one run. */
  requests: 1_000_000_000,
  retries: 10,
  /** How often one send may choose a host anew. */
  hostSelections: 100,
  /** Envoy's: priorities are below. */
  priorities: 128,
  /** Names in a record: metadata, weights of zones. */
  recordEntries: 1_000,
  subsetSelectors: 100,
  subsetKeys: 16,
  regions: 1_000,
  faults: 1_000,
  /** Failures, ticks and repeats of all faults over a run, as expected; a hazard counts with its greatest value. */
  faultSteps: 10_000_000,
  curvePoints: 1_000,
  traceFiles: 100,
  traceRows: 100_000,
  thresholds: 1_000,
  mixtureParts: 100,
  mixtureNesting: 4,
  empiricalFiles: 100,
  /** Bytes of a file of values. */
  empiricalLength: 4 * 1024 * 1024,
  empiricalValues: 100_000,
  /** Of one question to a balancer: picks, and bytes of a file of keys and characters of one. */
  picks: 1_000_000,
  keysLength: 16 * 1024 * 1024,
  keyLength: 1_000,
  axes: 16,
  variants: 100,
  /** Parameters that one variant sets. */
  overrides: 100,
  columns: 1_000,
  /** Columns x replications. */
  cells: 100_000,
  /** Instances and callers made, over all columns that do not share them. */
  made: 250_000,
} as const;
