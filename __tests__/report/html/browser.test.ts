import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import { createLog } from '../../../src/github/log';
import { writeReportFiles } from '../../../src/github/report-files';
import { buildSeries } from '../../../src/report/html/series';
import { headline } from '../../../src/report/wording';
import { CHROMIUM, describeInBrowser } from '../../support/chromium';
import type { SyntheticRun } from '../../support/synthetic-report';
import { failedRun, inconclusiveRun, judgedRun, passedRun } from '../../support/synthetic-report';
import { syntheticScenario } from '../../support/synthetic-run';
import { erroneous } from '../reports';

// A browser starts, and a busy machine takes its time.
jest.setTimeout(120_000);

const DESKTOP = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };

/** What a page did that it must not do. */
interface Watched {
  readonly page: Page;
  readonly trouble: string[];
}

describeInBrowser('report.html in a browser', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lb-cluster-page-'));
  let browser: Browser;

  beforeAll(async () => {
    execFileSync(process.execPath, ['scripts/page.mjs', join(folder, 'page')]);
    browser = await chromium.launch({ executablePath: CHROMIUM ?? '' });
  });

  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true });
  });

  async function written(name: string, { report, scenarios }: SyntheticRun): Promise<string> {
    const paths = await writeReportFiles({
      ...{ report, series: buildSeries(scenarios), markdown: [], reportDir: join(folder, name) },
      ...{ pageFolder: join(folder, 'page'), runUrl: null, log: createLog() },
    });
    return pathToFileURL(paths.html ?? '').href;
  }

  async function open(url: string, options: BrowserContextOptions = {}): Promise<Watched> {
    const context = await browser.newContext({ viewport: DESKTOP, ...options });
    const page = await context.newPage();
    const trouble: string[] = [];
    page.on('console', (message) => trouble.push(message.text()));
    page.on('pageerror', (error) => trouble.push(String(error)));
    page.on('dialog', (dialog) => {
      trouble.push(dialog.message());
      void dialog.dismiss();
    });
    page.on('request', (request) => {
      if (request.url() !== url) trouble.push(request.url());
    });
    await page.goto(url);
    return { page, trouble };
  }

  const LOOKS = {
    'wide and light': { viewport: DESKTOP, colorScheme: 'light' },
    'narrow and dark': { viewport: PHONE, colorScheme: 'dark' },
  } as const;

  test.each<[name: string, look: keyof typeof LOOKS, run: () => SyntheticRun]>([
    ['a pass', 'narrow and dark', passedRun],
    ['a failure', 'wide and light', failedRun],
    ['a failure', 'narrow and dark', failedRun],
    ['an inconclusive run', 'wide and light', inconclusiveRun],
    ['an error', 'narrow and dark', () => ({ report: erroneous('NGINX refuses it', ['[emerg] line']), scenarios: [] })],
    ['16 replicas', 'narrow and dark', () => judgedRun('good-server', [sixteen()])],
  ])('%s, %s: all can be read and reached, it fits, and nothing is fetched or logged', async (name, look, run) => {
    const { page, trouble } = await open(await written(`${name} ${look}`, run()), LOOKS[look]);
    await page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })");
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth')).toBe(true);
    expect(trouble).toEqual([]);
  });

  test('the charts are drawn, and follow what is asked of them', async () => {
    const { page, trouble } = await open(await written('charts', failedRun()));
    const place = page.locator('.charts[data-scenario="failover.freeze"]');
    expect(await place.locator('canvas').count()).toBe(2);
    expect(await painted(page)).toEqual([true, true]);
    const words = place.locator('[aria-live]');
    expect(await words.textContent()).toContain('0.0 to 60.0 s: 6,000 requests, 0 failed');
    const before = await pixels(page);
    await place.getByRole('button', { name: 'While broken' }).press('Enter');
    expect(await words.textContent()).not.toContain('0.0 to 60.0 s');
    expect(await pixels(page)).not.toEqual(before);
    await place.getByRole('button', { name: 'Whole scenario' }).press('Enter');
    expect(await pixels(page)).toEqual(before);
    await place.getByRole('checkbox', { name: 'app1' }).press('Space');
    expect(await pixels(page)).not.toEqual(before);
    expect(trouble).toEqual([]);
  });

  test('a chart is drawn when its scenario is unfolded', async () => {
    const { page } = await open(await written('folded', failedRun()));
    const rotation = page.locator('#scenario-rotation');
    expect(await rotation.locator('canvas').count()).toBe(0);
    await rotation.locator('summary').first().press('Enter');
    await rotation.locator('canvas').first().waitFor();
    expect(await rotation.locator('canvas').count()).toBe(2);
  });

  test('the requests are filtered, sorted and paged by keyboard', async () => {
    const { page, trouble } = await open(await written('requests', failedRun()));
    const section = page.locator('#requests');
    const status = section.getByRole('status');
    expect(await status.textContent()).toBe('1 to 50 of 77 requests.');
    await section.getByRole('button', { name: 'Next page' }).press('Enter');
    expect(await status.textContent()).toBe('51 to 77 of 77 requests.');
    await section.getByLabel('Find').press('Tab');
    await section.getByLabel('Find').pressSequentially('freeze-2080');
    expect(await status.textContent()).toBe('1 to 1 of 1 request (77 in all).');
    expect(await section.locator('tbody').innerText()).toMatch(/app2: no connection after 20 s\s+app\d: 200 after/);
    await section.getByLabel('Find').fill('');
    const waited = section.getByRole('button', { name: 'Waited' });
    await waited.press('Enter');
    await waited.press('Enter');
    expect(await section.getByRole('columnheader', { name: 'Waited' }).getAttribute('aria-sort')).toBe('descending');
    await section.getByLabel('Outcome').press('f');
    expect(await status.textContent()).toBe('None of 77 requests is like that.');
    expect(trouble).toEqual([]);
  });

  test('every control is reached by Tab, and shows that it is', async () => {
    const { page } = await open(await written('tab', failedRun()));
    const reached: string[] = [];
    for (let turn = 0; turn < 200; turn += 1) {
      await page.keyboard.press('Tab');
      const focused = await page.evaluate<{ name: string; seen: boolean } | null>(`(() => {
        const one = document.activeElement;
        if (one === null || one === document.body) return null;
        const name = (one.labels?.[0]?.textContent ?? one.textContent).trim();
        return { name, seen: getComputedStyle(one).outlineStyle !== 'none' };
      })()`);
      if (focused === null) break;
      expect(focused).toMatchObject({ seen: true });
      reached.push(focused.name);
    }
    for (const name of ['Zoom in', 'While broken', 'app2 (broken)', 'failed', 'Waited', 'Next page']) {
      expect(reached.filter((one) => one.endsWith(name))).not.toEqual([]);
    }
  });

  test('without JavaScript all text is there', async () => {
    const { page } = await open(await written('plain', failedRun()), { javaScriptEnabled: false });
    const text = await page.locator('body').innerText();
    for (const words of [
      headline(failedRun().report),
      'proxy_connect_timeout 1s;',
      'failover.stall',
      'Phase by phase',
    ]) {
      expect(text).toContain(words);
    }
  });

  test('hostile text stays text, also where the script writes it', async () => {
    const payload = '</script><img src=x onerror=alert(1)><script>alert(2)</script>';
    const { report, scenarios } = failedRun();
    const spoilt = scenarios.map((scenario) => ({
      ...scenario,
      replicas: scenario.replicas.map((replica, index) => ({ ...replica, hostname: `${payload}${index}` })),
      samples: scenario.samples.map((sample) => ({
        ...sample,
        id: `${payload}${sample.id}`,
        outcome: { kind: 'transport' as const, code: payload, reusedConnection: false },
      })),
    }));
    const { page, trouble } = await open(await written('hostile', { report, scenarios: spoilt }));
    expect(await page.locator('img, iframe').count()).toBe(0);
    expect(await page.locator('script').count()).toBe(2);
    expect(await page.locator('#requests tbody').innerText()).toContain('<img src=x onerror=alert(1)>');
    expect(await page.locator('.legend').first().innerText()).toContain('<img src=x onerror=alert(1)>');
    expect(trouble).toEqual([]);
  });

  test('16 replicas have 16 colors, and each its own row', async () => {
    const { page } = await open(await written('colors', judgedRun('good-server', [sixteen()])));
    const fills = await page.evaluate<string[]>(
      "[...document.querySelectorAll('.in-view rect')].map((rect) => getComputedStyle(rect).fill)",
    );
    expect(new Set(fills).size).toBe(16);
    expect(await page.locator('.in-view tbody tr').count()).toBe(16);
  });
});

function sixteen(): SyntheticRun['scenarios'][number] {
  return syntheticScenario({ fault: 'crash', replicas: 16, samples: 4_000, rate: 200, fate: 'waits', patience: 900 });
}

/** Whether there is anything on each canvas. */
function painted(page: Page): Promise<boolean[]> {
  return page.evaluate(`[...document.querySelectorAll('canvas')].map((canvas) =>
    canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value > 0))`);
}

/** What is on the canvases. */
async function pixels(page: Page): Promise<string[]> {
  // uPlot draws in the next microtask or frame.
  await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
  return page.evaluate("[...document.querySelectorAll('canvas')].map((canvas) => canvas.toDataURL())");
}
