// Bundles the report's page, its charts among it, into dist/report/html: page.js, page.css, and the licences of what is in it.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const source = `${root}src/report/html/page`;
const target = `${root}dist/report/html`;

await build({
  entryPoints: [
    { in: `${source}/main.ts`, out: 'page' },
    { in: `${source}/style.css`, out: 'page' },
  ],
  outdir: target,
  bundle: true,
  minify: true,
  format: 'iife',
  target: 'es2022',
  legalComments: 'none',
  banner: { js: '/*! Charts: Apache ECharts and zrender; licences in page.LICENSES.txt of meshtrial */' },
  logLevel: 'warning',
});

const licences = ['echarts/LICENSE', 'echarts/NOTICE', 'zrender/LICENSE'];
const texts = licences.map((file) => `${file}\n\n${readFileSync(`${root}node_modules/${file}`, 'utf8')}`);
writeFileSync(`${target}/page.LICENSES.txt`, texts.join(`\n${'='.repeat(80)}\n\n`));
