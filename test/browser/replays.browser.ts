import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parse } from 'csv-parse/sync';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ReportData } from '../../src/report/html/report_data.ts';
import type { CellLabel, ResultDocument } from '../../src/run/result.ts';
import { launch } from './browser.ts';

/** Every number of the page leads to a line, and whoever types that line has the number again. */
const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'meshtrial-replays-'));
const description = '<img src=nowhere onerror="document.title=1"> & <script>alert(1)</script>';
const scenario = `name: twice
description: '${description}'
duration: 8s
warmup: 1s
replications: 3
seed: 5
instances: [{ count: 4, zones: [a, b], serviceTime: { exponential: { mean: 4ms } } }]
callers: { count: 3 }
load: { arrivals: poisson, rate: 200/s }
loadBalancer: { policy: ring }
healthCheck: { interval: 300ms, timeout: 100ms, unhealthyThreshold: 2, healthyThreshold: 1 }
request: { timeout: 1s, connectTimeout: 50ms, retries: { attempts: 1, retryOn: [connect-failure] } }
faults: [{ blackhole: { zone: a }, at: 3s, for: 2s }]
variants: { now: {}, slow: { healthCheck.interval: 600ms } }
matrix:
  loadBalancer.policy: [ring, { peak-ewma: { decayTime: 5s } }]
`;
const isPooled = (title: string) => /^(Latency distribution|Instances up|Share of|Lorenz)/.test(title);
const isOfSide = (title: string) =>
  /^(Failover|Requests a second|Latency percentiles|Instances up|Share of)/.test(title) &&
  title !== 'Failover latency, cumulated';

let browser: Browser;
let page: Page;
let data: ReportData;

/** As who has meshtrial installed types it, with all that a shell makes of it. */
function typed(line: string): Promise<{ code: number; stdout: string }> {
  const env = { ...process.env, PATH: `${join(folder, 'bin')}${delimiter}${process.env.PATH}` };
  return new Promise((resolve) => {
    const options = { cwd: folder, env, maxBuffer: 1 << 26 };
    const child = execFile('sh', ['-c', line], options, (_, stdout) => resolve({ code: child.exitCode ?? -1, stdout }));
  });
}

beforeAll(async () => {
  writeFileSync(join(folder, 'twice.yaml'), scenario);
  mkdirSync(join(folder, 'bin'));
  const program = join(folder, 'bin', 'meshtrial');
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'dist/cli/main.js')}' "$@"\n`);
  chmodSync(program, 0o755);
  execFileSync(program, ['run', 'twice.yaml', '--html', '--quiet'], { cwd: folder });
  browser = await launch();
});
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  page = await browser.newPage({ viewport: { width: 1440, height: 1000 } });
  await page.goto(pathToFileURL(join(folder, 'results/twice/report.html')).href);
  data = JSON.parse((await page.locator('#data').textContent()) ?? '') as ReportData;
  return () => page.close();
});

/** The options of a column, as a shell takes them. */
function optionsOf({ strategy, variant }: CellLabel): string {
  const word = strategy.includes('(') ? `'${strategy}'` : strategy;
  return `--strategy ${word} --variant ${variant}`;
}

/** What a picture's box must say, by what the page's data says it draws. */
function expectedLines(title: string, drawn: readonly number[], isCommon = false): string[] {
  return drawn.map((c) => {
    const column = data.columns[c];
    if (isPooled(title))
      return `meshtrial run twice.yaml ${optionsOf(column)} --seed 5 --replications 3 --html --out results/again`;
    const course = isCommon ? (column.commonCourse ?? column.course) : column.course;
    return `meshtrial replay twice.yaml ${optionsOf(column)} --seed ${course?.seed}`;
  });
}

const cards = () => page.locator('figure.card:visible').all();
const titleOf = async (card: Locator) => (await card.locator('h3').textContent()) ?? '';
const replayIn = (card: Locator) => card.locator('figcaption').getByRole('button', { name: /^replay of/ });
const linesInBox = () => page.getByRole('dialog').locator('.again code').allTextContents();
const cardOf = (title: string) =>
  page.locator('figure.card').filter({ has: page.getByRole('heading', { name: title, exact: true }) });

/** Of every picture that is there: the lines of its box, beside those it must have. */
async function assertAll(drawn: (title: string) => readonly number[], isCommon = false): Promise<number> {
  const all = await cards();
  for (const card of all) {
    const title = await titleOf(card);
    const button = replayIn(card);
    await button.focus();
    await page.keyboard.press('Enter');
    const expected = expectedLines(title, drawn(title), isCommon);
    expect({ title, lines: await linesInBox() }).toEqual({ title, lines: expected });
    const label = await button.getAttribute('aria-label');
    const names = label?.slice(`replay of ${title}: `.length).split('; ') ?? [];
    expect(names.map((name) => name.split(',').slice(0, -1).join(','))).toEqual(
      drawn(title).map((c) => `${data.columns[c].variant}: ${data.columns[c].strategy}`),
    );
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.closest('[role=dialog]') !== null)).toBe(true);
    await page.keyboard.press('Escape');
    expect(await page.getByRole('dialog').count()).toBe(0);
    expect(await button.evaluate((element) => element === document.activeElement)).toBe(true);
  }
  return all.length;
}

describe('every picture', () => {
  it('has the line of each column that it draws', async () => {
    expect(await assertAll((title) => (isOfSide(title) ? [0] : [0, 1, 2, 3]))).toBe(15);
  });

  it('has those that are chosen, and of two beside each other each its own, under the seed of both', async () => {
    await page.getByLabel('draw now: ring in charts').uncheck();
    await page.getByLabel('strategy to look at').selectOption({ label: 'slow: ring' });
    await page.getByLabel('strategy to compare it with').selectOption({ label: 'slow: peak-ewma(decayTime=5s)' });
    expect(data.shown.common).toBe(5);
    const found = await assertAll((title) => {
      if (title === 'Failover latency, histogram') return [2, 3];
      return isOfSide(title) ? [title.includes('(compared)') ? 3 : 2] : [1, 2, 3];
    }, true);
    expect(found).toBe(19);
  });

  it('has it in every row of its CSV, and beside its table', async () => {
    for (const title of ['Success rate', 'Lorenz curve', 'Latency percentiles', 'Failover latency, histogram']) {
      const card = cardOf(title);
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        card.getByRole('button', { name: 'CSV of', exact: false }).click(),
      ]);
      const rows = parse(readFileSync(await download.path()), { columns: true }) as Record<string, string>[];
      const expected = expectedLines(title, isOfSide(title) ? [0] : [0, 1, 2, 3]);
      expect([...new Set(rows.map(({ replay }) => replay))].filter((line) => line !== '')).toEqual(expected);
      await card.getByRole('button', { name: 'table of', exact: false }).click();
      await card
        .locator('.as-table')
        .getByRole('button', { name: /^replay of/ })
        .click();
      expect(await linesInBox()).toEqual(expected);
      await page.keyboard.press('Escape');
    }
  });

  it('keeps what is read off it by a click, with the lines that look into that moment', async () => {
    const card = cardOf('Success rate');
    await card.scrollIntoViewIfNeeded();
    await card.locator('.canvas svg').waitFor();
    const box = await card.locator('.canvas').boundingBox();
    if (box === null) throw new Error('the picture has no place');
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2, { steps: 3 });
    await card
      .getByText(/^\d+ s$/)
      .last()
      .waitFor();
    await page.mouse.down();
    await page.mouse.up();
    const dialog = page.getByRole('dialog');
    const time = await dialog.locator('.tip strong').textContent();
    const look = ` --around ${time?.replace(' ', '')}`;
    expect(await linesInBox()).toEqual(expectedLines('Success rate', [0, 1, 2, 3]).map((line) => line + look));
    const { code, stdout } = await typed((await linesInBox())[0]);
    expect(code).toBe(0);
    expect(stdout).toContain('twice: variant now, ring, seed');
    await dialog.getByRole('button', { name: 'close' }).click();
    expect(await dialog.count()).toBe(0);
  });
});

describe('a line that is typed', () => {
  const document = () => JSON.parse(readFileSync(join(folder, 'results/twice/result.json'), 'utf8')) as ResultDocument;

  it('has the digest and the figures of its run', async () => {
    const { cells } = document();
    await page.getByText(/^All \d+ runs/).click();
    const row = page.locator('.runs tbody tr').nth(4);
    const [p50, p99] = await Promise.all(
      ['latency p50', 'latency p99'].map(async (head) => {
        const heads = await page.locator('.runs thead th').allTextContents();
        return row.locator('th, td').nth(heads.indexOf(head)).textContent();
      }),
    );
    const line = (await row.locator('code').textContent()) ?? '';
    expect(line).toContain(optionsOf(cells[4]));
    const { code, stdout } = await typed(line);
    expect(code).toBe(0);
    expect(stdout).toContain(`\ndigest ${cells[4].digest}\n`);
    expect(stdout).toContain(`\nlatency: p50 ${p50}, p99 ${p99}\n`);
  });

  it('draws a run again with run in place of replay, as its box says', async () => {
    await replayIn(cardOf('Success rate')).click();
    const [note] = await page.getByRole('dialog').locator('.note').allTextContents();
    const [, more] = /'run' in place of 'replay', and '(--.*?)' at its end/.exec(note) ?? [];
    const { code } = await typed(`${(await linesInBox())[1].replace('meshtrial replay', 'meshtrial run')} ${more}`);
    expect(code).toBe(0);
    await page.goto(pathToFileURL(join(folder, 'results/again/twice/report.html')).href);
    const after = JSON.parse((await page.locator('#data').textContent()) ?? '') as ReportData;
    expect(after.columns[0].course?.lines).toEqual(data.columns[1].course?.lines);
    expect(after.columns[0].course?.detection.times).toEqual(data.columns[1].course?.detection.times);
  });

  it('has the pooled figures of its column, and the same pictures', async () => {
    const before = document();
    await replayIn(cardOf('Lorenz curve')).click();
    const line = (await linesInBox())[3];
    const { code } = await typed(line);
    expect(code).toBe(0);
    const again = join(folder, 'results/again/twice');
    const { summary, cells } = JSON.parse(readFileSync(join(again, 'result.json'), 'utf8')) as ResultDocument;
    const own = ({ strategy, variant }: CellLabel) => strategy.startsWith('peak-ewma') && variant === 'slow';
    expect(summary).toEqual(before.summary.filter(own));
    expect(cells).toEqual(before.cells.filter(own));
    await page.goto(pathToFileURL(join(again, 'report.html')).href);
    const after = JSON.parse((await page.locator('#data').textContent()) ?? '') as ReportData;
    for (const key of ['latency', 'availability', 'instances', 'estimates'] as const) {
      const unmarked = (value: unknown) =>
        JSON.parse(JSON.stringify(value, (name, one) => (name === 'mark' ? null : one)));
      expect(unmarked(after.columns[0][key])).toEqual(unmarked(data.columns[3][key]));
    }
  });

  it('has the whole study, where it is of a difference or of the verdicts', async () => {
    const before = document();
    const difference = page.locator('aside li button').first();
    await difference.click();
    const lines = await page.getByRole('dialog').locator('code').allTextContents();
    const whole = lines[lines.length - 1];
    expect(whole).toBe(
      "meshtrial run twice.yaml --strategy 'ring,peak-ewma(decayTime=5s)' --seed 5 --replications 3 --html --out results/again",
    );
    const { code } = await typed(whole);
    expect(code).toBe(0);
    const after = JSON.parse(readFileSync(join(folder, 'results/again/twice/result.json'), 'utf8')) as ResultDocument;
    expect(after.comparison).toEqual(before.comparison);
  });
});

describe('the first screen', () => {
  it('says what the scenario says of itself, as text, and what the terminal warns of', async () => {
    expect(await page.locator('.description').textContent()).toBe(description);
    expect(await page.locator('.description *, main img').count()).toBe(0);
    const text = readFileSync(join(folder, 'results/twice/result.json'), 'utf8');
    const { warnings } = JSON.parse(text) as ResultDocument;
    expect(warnings.length).toBeGreaterThan(0);
    const { stdout } = await typed('meshtrial run twice.yaml --out results/again');
    const said = stdout.replaceAll(/\s+/g, ' ');
    const shown = await page.locator('.warnings li').allTextContents();
    expect(shown).toHaveLength(warnings.length);
    for (const [i, { cause, effect, next }] of warnings.entries()) {
      for (const part of [cause, effect, next]) {
        expect(shown[i]).toContain(part);
        expect(said).toContain(part);
      }
    }
  });
});

describe('on paper', () => {
  it('has all lines once, and no buttons', async () => {
    await page.emulateMedia({ media: 'print' });
    const lines = await page.locator('.for-paper code').allTextContents();
    expect(lines.slice(1)).toEqual(expectedLines('Success rate', [0, 1, 2, 3]));
    expect(await page.locator('.for-paper').isVisible()).toBe(true);
    expect(await page.locator('.for-paper button:visible, .actions:visible').count()).toBe(0);
  });
});
