import { readFileSync } from 'node:fs';

/** meshtrial's own version, from its package.json: two folders up, from src/ as from dist/. */
export const version: string = (
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
).version;
