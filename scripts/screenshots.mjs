/* global document -- of the page that pictures are made of */
/**
 * Shows the report as GitHub shows it, and writes pictures of it: Markdown by marked, in GitHub's own style sheet, charts by
 * Mermaid, in a headless Chromium (Debian's package `chromium`, or the one that CHROMIUM names).
 *
 *   npm run screenshots                          the examples, to docs/screenshots
 *   npm run screenshots -- --open out=DIR        the same with everything unfolded, to another folder
 *   npm run screenshots -- out=DIR name=FILE …   reports (report.json, report.html) of your own, in every variant (--light: in one)
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { marked } from 'marked';
import { chromium } from 'playwright-core';
import './typescript.mjs';

const ROOT = join(import.meta.dirname, '..');
const VARIANTS = {
  light: { theme: 'light', width: 900 },
  dark: { theme: 'dark', width: 900 },
  phone: { theme: 'light', width: 390 },
};
/** The pictures that are kept: few, and each of another case. */
const KEPT = { pass: ['light'], freeze: ['light', 'dark', 'phone'], inconclusive: ['light'], large: ['light'] };

process.chdir(ROOT);
const { markdownSections } = await import('../src/report/markdown');
const { freezeExample, inconclusiveExample, largeExample, passExample } = await import('../__tests__/report/examples');

const args = process.argv.slice(2);
const unfolded = args.includes('--open');
const pairs = args.filter((arg) => arg.includes('=')).map((arg) => arg.split(/=(.*)/s).slice(0, 2));
const out = pairs.find(([key]) => key === 'out')?.[1] ?? join(ROOT, 'docs/screenshots');
const own = pairs.filter(([key]) => key !== 'out');

const shots =
  own.length > 0
    ? await Promise.all(
        own.map(async ([name, file]) => ({
          name,
          ...(file.endsWith('.html') ? { page: resolve(file) } : { report: JSON.parse(await readFile(file, 'utf8')) }),
          variants: args.includes('--light') ? ['light'] : Object.keys(VARIANTS),
        })),
      )
    : Object.entries({
        pass: passExample,
        freeze: freezeExample,
        inconclusive: inconclusiveExample,
        large: largeExample,
      }).map(([name, build]) => ({ name, report: build(), variants: KEPT[name] }));

await mkdir(out, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
const RUN = { runUrl: 'https://github.com/octo-org/shop/actions/runs/1' };
for (const { name, report, page, variants } of shots) {
  for (const variant of variants) {
    const file = join(out, `${name}-${variant}.png`);
    const look = VARIANTS[variant];
    const shot =
      page === undefined
        ? picture(markdownSections(report, RUN).join('\n\n'), look)
        : pagePicture(`file://${page}`, look);
    await writeFile(file, await shot);
    console.log(file);
  }
}
await browser.close();

/** One page, as tall as it needs to be. */
async function picture(markdown, { theme, width }) {
  const page = await browser.newPage({ viewport: { width, height: 800 }, deviceScaleFactor: 1 });
  try {
    await page.setContent(await pageOf(markdown, theme));
    await page.addScriptTag({ path: packageFile('@mermaid-js/tiny') });
    await page.evaluate(drawCharts, theme === 'dark' ? 'dark' : 'default');
    if (!unfolded) await page.evaluate(foldAll);
    return await page.screenshot({ fullPage: true });
  } finally {
    await page.close();
  }
}

/** The first screens of report.html; all of it would be very tall. */
async function pagePicture(url, { theme, width }) {
  const page = await browser.newPage({ viewport: { width, height: 1600 }, colorScheme: theme });
  try {
    await page.goto(url, { waitUntil: 'load' });
    return await page.screenshot();
  } finally {
    await page.close();
  }
}

async function pageOf(markdown, theme) {
  const css = await readFile(packageFile(`github-markdown-css/github-markdown-${theme}.css`), 'utf8');
  const [page, border, head] = theme === 'dark' ? ['#0d1117', '#3d444d', '#151b23'] : ['#fff', '#d1d9e0', '#f6f8fa'];
  return `<!doctype html><meta name="viewport" content="width=device-width"><style>${css}
    body { margin: 0; padding: 16px; background: ${page}; }
    .comment { border: 1px solid ${border}; border-radius: 6px; overflow: hidden; }
    .comment > header { background: ${head}; border-bottom: 1px solid ${border}; padding: 8px 16px; }
    .comment > header, .comment > header * { font: 14px/1.5 sans-serif; color: #797979; }
    .markdown-body { padding: 16px; font-size: 14px; }
    pre.mermaid { background: none; padding: 0; text-align: left; }
  </style><div class="comment"><header><b>github-actions</b> bot commented now</header>
  <article class="markdown-body">${await marked.parse(markdown, { gfm: true })}</article></div>`;
}

/** Runs in the page. Charts are drawn unfolded: what is folded has no size to draw to. */
async function drawCharts(theme) {
  for (const fold of document.querySelectorAll('details')) fold.open = true;
  for (const code of document.querySelectorAll('code.language-mermaid')) {
    code.parentElement.textContent = code.textContent;
  }
  const charts = [...document.querySelectorAll('pre')].filter((pre) => pre.textContent.includes('xychart-beta'));
  for (const chart of charts) chart.classList.add('mermaid');
  globalThis.mermaid.initialize({ startOnLoad: false, theme, securityLevel: 'strict' });
  await globalThis.mermaid.run({ nodes: charts });
}

/** Runs in the page. */
function foldAll() {
  for (const fold of document.querySelectorAll('details')) fold.open = false;
}

/** The file of a package that a browser is to load. */
function packageFile(name) {
  return createRequire(import.meta.url).resolve(name);
}
