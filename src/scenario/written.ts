/** What a scenario file says, before anybody asked what it means: text, lists and blocks, each with its place in the file. */
export type Written = WrittenScalar | WrittenList | WrittenMap;

export interface WrittenScalar {
  readonly kind: 'scalar';
  readonly offset: number;
  readonly text: string;
  /** Quoted or a block scalar: text whatever it looks like. */
  readonly quoted: boolean;
}

interface WrittenList {
  readonly kind: 'list';
  readonly offset: number;
  readonly items: readonly Written[];
}

export interface WrittenMap {
  readonly kind: 'map';
  readonly offset: number;
  /** A Map, so that no key can be mistaken for a property of objects. */
  readonly entries: ReadonlyMap<string, WrittenEntry>;
}

export interface WrittenEntry {
  readonly keyOffset: number;
  readonly value: Written;
}

export function writtenScalar(text: string, offset: number): WrittenScalar {
  return { kind: 'scalar', offset, text, quoted: false };
}

/** Whether nothing was written after the key, or YAML's null. */
export function isNothing(written: Written): boolean {
  return written.kind === 'scalar' && !written.quoted && /^(?:|~|null|Null|NULL)$/.test(written.text);
}

export function isTrueOrFalse(written: WrittenScalar): boolean {
  return !written.quoted && /^(?:true|false|True|False|TRUE|FALSE)$/.test(written.text);
}

/** A number as YAML and JSON write it, in decimal. Null for anything else, `0x1F`, `010`, `1_000` and `.inf` included. */
export function decimal(text: string): number | null {
  if (text.length > 40 || !/^[-+]?(?:0|[1-9]\d*)?(?:\.\d*)?(?:[eE][-+]?\d+)?$/.test(text)) return null;
  const value = Number(text);
  return /\d/.test(text) && Number.isFinite(value) ? value : null;
}

/** The value as its writer meant it: a number, a truth value or text. */
export function plainValue(written: WrittenScalar): string | number | boolean {
  if (written.quoted) return written.text;
  if (isTrueOrFalse(written)) return written.text.toLowerCase() === 'true';
  return decimal(written.text) ?? written.text;
}

/** In a message: what was found. */
export function describe(written: Written): string {
  if (written.kind === 'map') return written.entries.size === 0 ? 'an empty block' : 'a block of keys';
  if (written.kind === 'list') return written.items.length === 0 ? 'an empty list' : 'a list';
  if (isNothing(written)) return 'nothing';
  return typeof plainValue(written) === 'string' ? quote(written.text) : written.text;
}

/** Somebody else's text inside a message: in quotes, and not the whole of it if it is long. */
export function quote(text: string): string {
  return `'${text.length > 40 ? `${text.slice(0, 39)}…` : text}'`;
}

/** On one line and as written, but for spaces: the name of a value in a table. */
export function compact(written: Written): string {
  if (written.kind === 'scalar') return isNothing(written) ? 'null' : written.text.replace(/\s+/g, ' ');
  if (written.kind === 'list') return `[${written.items.map(compact).join(', ')}]`;
  return `{${[...written.entries].map(([key, { value }]) => `${key}: ${compact(value)}`).join(', ')}}`;
}

/** The value of a parameter where it is written. */
export function partOf(written: Written | undefined, key: string): Written | undefined {
  if (written?.kind === 'map') return written.entries.get(key)?.value;
  return written?.kind === 'list' ? written.items[Number(key)] : undefined;
}
