/**
 * Builds script and style of report.html into one file each, from src/report/html/page and uPlot. Called by the build;
 * by hand it says where to: `node scripts/page.mjs FOLDER`.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

const ROOT = join(import.meta.dirname, '..');
const PAGE = 'src/report/html/page';

/** Writes page.js and page.css into a folder; the same to the byte on every machine. */
export function buildPage(folder) {
  const options = { absWorkingDir: ROOT, bundle: true, write: false, charset: 'utf8', logLevel: 'warning' };
  const text = ({ outputFiles: [file] }) => file.text;
  mkdirSync(folder, { recursive: true });
  const script = buildSync({
    ...options,
    entryPoints: [`${PAGE}/main.ts`],
    format: 'iife',
    // What runs the charts since 2023: colors in OKLCH, sorting into a copy.
    target: ['chrome120', 'firefox120', 'safari17'],
    // Whoever hands uPlot on has to hand its licence on with it.
    banner: { js: `/* uPlot:\n${readFileSync(join(ROOT, 'node_modules/uplot/LICENSE'), 'utf8')}*/` },
  });
  const style = buildSync({ ...options, entryPoints: [`${PAGE}/page.css`], loader: { '.css': 'css' } });
  writeFileSync(join(folder, 'page.js'), text(script));
  writeFileSync(join(folder, 'page.css'), text(style));
}

if (import.meta.main) buildPage(process.argv[2] ?? join(ROOT, '.cache/page'));
