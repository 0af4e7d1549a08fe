import type { CellLabel } from '../../run/result.ts';

/**
 * A name for each column that fits, and tells them apart: what differs between them alone, and where that is too long
 * its beginning and end; numbers, in the order of the tables, where even those are alike. Empty for a single column.
 */
export function shortNames(labels: readonly CellLabel[], most: number): string[] {
  if (labels.length === 1) return [''];
  const parts = labels.map(partsOf);
  const names = parts.map((own) => {
    const telling = Object.keys(own).filter((key) => parts.some((other) => other[key] !== own[key]));
    return cut(telling.map((key) => own[key]).join(' '), most);
  });
  return new Set(names).size === names.length ? names : names.map((_, i) => `column ${i + 1}`);
}

function partsOf({ strategy, variant, params }: CellLabel): Record<string, string> {
  const values = Object.entries(params).map(([path, value]): [string, string] => [`param ${path}`, said(path, value)]);
  return { variant: variant ?? '', strategy, ...Object.fromEntries(values) };
}

/** Of a path its last part will do; a block says itself what it is of. */
function said(path: string, value: string | number | boolean): string {
  const text = String(value);
  return /^[{[]/.test(text) ? text.replace(/^\{\s*(kind:\s*)?|\s*\}$/g, '') : `${path.split('.').at(-1)}=${text}`;
}

function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  const end = Math.floor((most - 3) / 3);
  return `${text.slice(0, most - 3 - end)}...${text.slice(text.length - end)}`;
}
