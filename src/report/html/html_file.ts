import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ReportData } from './report_data.ts';

/** The page's own code and looks, as `npm run build` has bundled them. */
export interface PageAssets {
  readonly script: string;
  readonly style: string;
}

/** Nothing is ever fetched; images are those that charts draw into themselves. */
const policy = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:";

/** Those beside this module. Throws where it has not been built. */
export function builtAssets(): PageAssets {
  const read = (file: string) => readFileSync(fileURLToPath(new URL(file, import.meta.url)), 'utf8');
  return { script: read('./page.js'), style: read('./page.css') };
}

/** The one file: its data as JSON, its code, its looks. Whatever scenario files say is text in it and nothing else. */
export function htmlFile(data: ReportData, { script, style }: PageAssets): string[] {
  return [
    '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">\n`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">\n',
    '<meta name="color-scheme" content="light dark">\n',
    `<title>${escaped(data.scenario)} - meshtrial</title>\n`,
    `<style>\n${style}</style>\n</head>\n<body>\n`,
    '<noscript>The figures of this report are drawn by the script in this file, which is switched off.</noscript>\n',
    `<script type="application/json" id="data">${jsonInScript(data)}</script>\n`,
    `<script>\n${script.replace(/<(?=\/script|!--)/gi, '\\x3c')}</script>\n</body>\n</html>\n`,
  ];
}

/** JSON that holds nothing an HTML parser would heed. */
function jsonInScript(data: unknown): string {
  return JSON.stringify(data).replaceAll('<', '\\u003c');
}

function escaped(text: string): string {
  const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replace(/[&<>"]/g, (character) => entities[character]);
}
