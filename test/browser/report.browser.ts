import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parse } from 'csv-parse/sync';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { columnName, metrics } from '../../src/metrics/catalogue.ts';
import { human } from '../../src/report/units.ts';
import type { ResultDocument } from '../../src/run/result.ts';
import { launch } from './browser.ts';

/** The report of zone-outage, and the one over it and another scenario, in a real browser: what it shows, what it does, and that it needs nobody else. */
const root = fileURLToPath(new URL('../..', import.meta.url));
const screenshots = join(root, 'results/screenshots');
const out = mkdtempSync(join(tmpdir(), 'meshtrial-browser-'));
const folder = join(out, 'zone-outage');

let browser: Browser;
let page: Page;
let said: string[];
let asked: string[];

function run(): Promise<void> {
  const files = ['scenarios/zone-outage.yaml', 'scenarios/templates/minimal.yaml'];
  const args = ['run', ...files, '--replications', '3', '--html', '--out', out, '--quiet'];
  const child = spawn(process.execPath, ['dist/cli/main.js', ...args], { cwd: root, stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    child.on('exit', (code) => (code === 0 || code === 99 ? resolve() : reject(new Error(`run: exit ${code}`))));
  });
}

beforeAll(async () => {
  [browser] = await Promise.all([launch(), run()]);
});
afterAll(async () => {
  await browser?.close();
  rmSync(out, { recursive: true, force: true });
});

async function open(width = 1440, colorScheme: 'light' | 'dark' = 'light', directory = folder): Promise<Page> {
  const opened = await browser.newPage({ viewport: { width, height: width === 390 ? 844 : 1000 }, colorScheme });
  said = [];
  asked = [];
  opened.on('console', (message) => said.push(`${message.type()}: ${message.text()}`));
  opened.on('pageerror', (error) => said.push(`error: ${error.stack ?? error.message}`));
  opened.on('request', (request) => asked.push(request.url()));
  await opened.goto(pathToFileURL(join(directory, 'report.html')).href);
  return opened;
}

const card = (title: string): Locator =>
  page.locator('figure.card').filter({ has: page.getByRole('heading', { name: title, exact: true }) });

const picture = (found: Locator): Locator => found.locator('.canvas svg');

/** Scrolled to, and drawn. */
async function drawn(title: string): Promise<Locator> {
  const found = card(title);
  await found.scrollIntoViewIfNeeded();
  await picture(found).waitFor();
  return found;
}

async function textOf(locator: Locator): Promise<string> {
  return (await picture(locator).textContent()) ?? '';
}

const csv = (name: string): Record<string, string>[] =>
  parse(readFileSync(join(folder, name), 'utf8'), { columns: true }) as Record<string, string>[];

async function exported(title: string, button: 'CSV' | 'SVG'): Promise<string> {
  const found = await drawn(title);
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    found.getByRole('button', { name: `${button} of`, exact: false }).click(),
  ]);
  return readFileSync(await download.path(), 'utf8');
}

describe('the report', () => {
  beforeEach(async () => {
    page = await open();
    return async () => {
      expect(said).toEqual([]);
      expect(asked.filter((url) => !/^(data|blob):/.test(url))).toEqual([
        pathToFileURL(join(folder, 'report.html')).href,
      ]);
      await page.close();
    };
  });

  it('says on the first screen what the result says', async () => {
    const document = JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8')) as ResultDocument;
    const heads = await page
      .locator('.heat thead button')
      .evaluateAll((all) => all.map((one) => one.getAttribute('title')));
    const names = heads.slice(1).map((title) => title?.split(':')[0]);
    expect(names).toContain('latency.p99');
    for (const row of await page.locator('.heat tbody tr').all()) {
      const strategy = await row.locator('th .label').textContent();
      const values = await row.locator('.value').allTextContents();
      const expected = names.map((name) => {
        const found = document.summary.find((one) => one.metric === name && one.strategy === strategy);
        return human(found?.mean ?? null, metrics.find((metric) => metric.name === name)?.unit ?? 'ratio');
      });
      expect(values).toEqual(expected);
    }
    expect(await page.locator('.badge').textContent()).toContain(String(document.thresholds.length));
  });

  it('shows of every run what runs.csv says, and how to run it again', async () => {
    await page.getByText(/^All \d+ runs/).click();
    const shown = ['latency.p50', 'latency.p99', 'requests.errorRate', 'failover.detect.p99', 'impact.outageSeconds'];
    const heads = await page.locator('.runs thead th').allTextContents();
    const places = ['latency p50', 'latency p99', 'requests error rate', 'detect p99', 'outage seconds'].map((head) =>
      heads.indexOf(head),
    );
    const rows = csv('runs.csv');
    const found = await page.locator('.runs tbody tr').all();
    expect(found).toHaveLength(rows.length);
    for (const [i, row] of found.entries()) {
      const cells = await row.locator('th, td').allTextContents();
      const expected = shown.map((name) => {
        const metric = metrics.find((one) => one.name === name);
        if (metric === undefined) throw new Error(name);
        return human(Number(rows[i][columnName(metric)]), metric.unit);
      });
      expect(places.map((place) => cells[place])).toEqual(expected);
      expect(cells[cells.length - 1]).toContain(
        `meshtrial replay scenarios/zone-outage.yaml --strategy ${rows[i].strategy} --seed ${rows[i].seed}`,
      );
    }
  });

  it('draws what series.csv says', async () => {
    const seeds = await page.evaluate(() => {
      const data = JSON.parse(document.getElementById('data')?.textContent ?? '') as {
        columns: { strategy: string; course: { seed: number } }[];
      };
      return Object.fromEntries(data.columns.map(({ strategy, course }) => [strategy, String(course.seed)]));
    });
    const series = csv('series.csv').filter(({ seed, strategy }) => seed === seeds[strategy]);
    const success = parse(await exported('Success rate', 'CSV'), { columns: true }) as Record<string, string>[];
    const of = (metric: string, strategy: string) =>
      series.filter((row) => row.metric === metric && row.strategy === strategy).map(({ value }) => Number(value));
    for (const strategy of ['ring', 'peak-ewma']) {
      const [offered, failed] = [of('offered', strategy), of('failed', strategy)];
      const drawnValues = success.filter((row) => row.strategy === strategy).map((row) => Number(row.success));
      expect(drawnValues).toHaveLength(120);
      for (const [i, value] of drawnValues.entries()) expect(value).toBeCloseTo(1 - failed[i] / offered[i], 5);
    }
    const requests = parse(await exported('Requests a second, by instance', 'CSV'), { columns: true }) as Record<
      string,
      string
    >[];
    const expected = series.filter((row) => row.metric === 'requests' && row.strategy === 'ring');
    const keyed = (rows: Record<string, string>[], id: string, at: string, value: string) =>
      rows.map((row) => `${row[id]} ${row[at]} ${row[value]}`).toSorted();
    expect(keyed(requests, 'instance', 't_ms', 'attempts_per_second')).toEqual(
      keyed(expected, 'subject', 't_ms', 'value'),
    );
    const file = await exported('Success rate', 'SVG');
    expect(file).toMatch(/^<svg.*>Success rate<.*>zone-outage · meshtrial .*>peak-ewma</s);
  });

  it('sorts by any figure, by mouse and by keyboard', async () => {
    const order = () => page.locator('.heat tbody th .label').allTextContents();
    const before = await order();
    const head = page.locator('.heat thead th').filter({ has: page.locator('[title^="latency.p99:"]') });
    await head.getByRole('button').click();
    expect(await head.getAttribute('aria-sort')).toBe('ascending');
    const rising = await order();
    expect(rising[0]).toBe('peak-ewma');
    expect(rising).not.toEqual(before);
    await head.getByRole('button').focus();
    await page.keyboard.press('Enter');
    expect(await head.getAttribute('aria-sort')).toBe('descending');
    expect((await order())[rising.length - 1]).toBe('peak-ewma');
  });

  it('explains a figure to whoever asks with the keyboard', async () => {
    const figure = page.locator('.heat tbody tr').first().locator('.figure').nth(3);
    await figure.focus();
    await page.keyboard.press('Enter');
    const box = page.locator('.popover');
    expect(await box.textContent()).toMatch(
      /95% interval .* 3 seeds.*latency\.p99 < 500ms, 48% below the limit.*meshtrial replay/s,
    );
    await page.screenshot({ path: join(shots(), 'figure.png') });
    await page.keyboard.press('Escape');
    expect(await box.isHidden()).toBe(true);
  });

  it('zooms all timed charts when one is brushed', async () => {
    const [success, latency] = [await drawn('Success rate'), await drawn('Latency p99')];
    const whole = await textOf(latency);
    await success.scrollIntoViewIfNeeded();
    const box = await picture(success).boundingBox();
    if (box === null) throw new Error('the chart has no place');
    const at = (share: number) => [box.x + 60 + share * (box.width - 80), box.y + box.height / 2] as const;
    await page.mouse.move(...at(0.45));
    await page.mouse.down();
    await page.mouse.move(...at(0.6), { steps: 5 });
    await page.mouse.move(...at(0.75), { steps: 5 });
    await page.mouse.up();
    const from = Number(await page.getByLabel('from, in seconds').inputValue());
    const to = Number(await page.getByLabel('to, in seconds').inputValue());
    expect(from).toBeGreaterThan(45);
    expect(from).toBeLessThan(60);
    expect(to).toBeGreaterThan(80);
    expect(to).toBeLessThan(100);
    expect(await textOf(latency)).not.toBe(whole);
    await page.screenshot({ path: join(shots(), 'brushed.png') });
    await picture(success).dblclick({ position: { x: 200, y: 80 } });
    expect(await page.getByLabel('to, in seconds').inputValue()).toBe('120');
    expect(await textOf(latency)).toBe(whole);
  });

  it('zooms by keys, and stands still while its charts are drawn', async () => {
    const height = () => page.evaluate(() => document.documentElement.scrollHeight);
    const before = await height();
    await comeBy();
    expect(await height()).toBe(before);
    const [success, latency] = [await drawn('Success rate'), await drawn('Latency p99')];
    const whole = await textOf(latency);
    await success.locator('.canvas').focus();
    await page.keyboard.press('+');
    expect(await page.getByLabel('from, in seconds').inputValue()).toBe('30');
    await page.keyboard.press('ArrowRight');
    expect(await page.getByLabel('to, in seconds').inputValue()).toBe('97.5');
    expect(await textOf(latency)).not.toBe(whole);
    await page.keyboard.press('0');
    expect(await textOf(latency)).toBe(whole);
  });

  it('says every verdict and difference in words, with the run behind it', async () => {
    await page.locator('.verdicts summary').first().click();
    await page.locator('.verdicts li li button').first().click();
    expect(await page.getByRole('dialog').textContent()).toMatch(/latency\.p99 .*meshtrial replay/s);
    await page.keyboard.press('Escape');
    const difference = page
      .locator('aside')
      .getByRole('button', { name: /p99 \d+% lower/ })
      .first();
    await difference.click();
    expect(await page.getByRole('dialog').textContent()).toMatch(/least-request: latency\.p99.*meshtrial replay/s);
  });

  it('draws the strategies that are chosen, and two beside each other', async () => {
    const success = await drawn('Success rate');
    const colors = () => picture(success).locator('path[stroke="#a3238e"]').count();
    expect(await colors()).toBe(1);
    await page.getByLabel('draw random in charts').uncheck();
    expect(await colors()).toBe(0);
    expect(await page.getByRole('button', { name: 'random', exact: true }).getAttribute('aria-pressed')).toBe('false');
    await page.getByLabel('strategy to compare it with').selectOption({ label: 'peak-ewma' });
    // Two beside each other are shown under one seed; alone, each under its own median.
    expect(await page.getByLabel('runs that are shown').inputValue()).toBe('common');
    expect(await page.locator('#failover .note').first().textContent()).toContain(
      'The run of seed 42 of every strategy.',
    );
    const again = await page.locator('#failover .side').allTextContents();
    expect(again.every((text) => text.includes('--seed 42'))).toBe(true);
    await drawn('Failover (compared)');
    await drawn('Share of each instance (compared)');
    await page.evaluate(() => scrollTo(0, 600));
    await drawn('Requests a second, by instance (compared)');
    await page.screenshot({ path: join(shots(), 'compared.png') });
  });

  it('switches its theme', async () => {
    const success = await drawn('Success rate');
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await ground();
    await page.getByLabel('theme').selectOption('dark');
    expect(await ground()).not.toBe(light);
    expect(await picture(success).locator('rect').first().getAttribute('fill')).toBe('#171c23');
    await page.getByLabel('theme').selectOption('auto');
    expect(await ground()).toBe(light);
  });

  it('names everything that can be operated', async () => {
    const nameless = await page.locator('button, select, input, [tabindex="0"]').evaluateAll((all) =>
      all
        .filter((one) => {
          const labels =
            one instanceof HTMLInputElement || one instanceof HTMLSelectElement ? (one.labels?.length ?? 0) : 0;
          return labels === 0 && (one.textContent ?? '').trim() === '' && one.getAttribute('aria-label') === null;
        })
        .map((one) => one.outerHTML.slice(0, 120)),
    );
    expect(nameless.filter((html) => !/class="(canvas|as-table)"/.test(html))).toEqual([]);
    await drawn('Latency distribution');
    expect(await card('Latency distribution').locator('.canvas').getAttribute('aria-label')).toContain('ring');
  });
});

describe('the report over several scenarios', () => {
  it('has their strategies in one table, each with a link to its page', async () => {
    page = await open(1440, 'light', out);
    const [name, others] = await page
      .locator('.heat tbody tr')
      .evaluateAll((rows) => [
        rows[0].querySelector('th')?.textContent ?? '',
        new Set(rows.map((row) => row.querySelector('th')?.textContent?.split(':')[0])).size,
      ]);
    expect([name, others]).toEqual(['zone-outage: ring', 2]);
    await page.screenshot({ path: join(shots(), 'overview-1440-light.png') });
    await page.getByRole('link', { name: 'zone-outage: peak-ewma' }).click();
    expect(await page.locator('h1').textContent()).toBe('zone-outage');
    expect(said).toEqual([]);
    expect(asked).toEqual([out, folder].map((where) => pathToFileURL(join(where, 'report.html')).href));
    await page.close();
  });
});

describe.each([1440, 390])('%i pixels wide', (width) => {
  it('fits, light and dark', async () => {
    page = await open(width);
    await page.locator('.heat').waitFor();
    await comeBy();
    for (const scheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: scheme });
      await page.screenshot({ path: join(shots(), `zone-outage-${width}-${scheme}.png`), fullPage: true });
      expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe(scheme);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
      expect(await page.locator('figure.card .canvas:not(:has(svg)):visible').count()).toBe(0);
    }
    expect(said).toEqual([]);
    await page.close();
  });
});

/** Scrolls by everything, so that all is drawn. */
async function comeBy(): Promise<void> {
  await page.evaluate(async () => {
    const frame = () => new Promise((done) => requestAnimationFrame(done));
    for (let top = 0; top < document.documentElement.scrollHeight; top += 400) {
      scrollTo(0, top);
      await frame();
      await frame();
    }
    scrollTo(0, 0);
    await frame();
  });
}

function shots(): string {
  mkdirSync(screenshots, { recursive: true });
  return screenshots;
}
