import { existsSync } from 'node:fs';
import { describe } from '@jest/globals';

/** Where Linux machines and GitHub's runners keep a browser; CHROMIUM names another. */
const PLACES = ['/usr/bin/chromium', '/usr/bin/google-chrome', '/usr/bin/chromium-browser'];

/** Path of a Chromium; null: there is none. */
export const CHROMIUM =
  [process.env['CHROMIUM'] ?? '', ...PLACES].find((path) => path !== '' && existsSync(path)) ?? null;

/** As `describe`, but skipped, with the reason in its title and in the log, where there is no browser. */
export function describeInBrowser(title: string, body: () => void): void {
  const fullTitle = CHROMIUM === null ? `${title} (skipped: no Chromium on this machine)` : title;
  if (CHROMIUM === null) process.stdout.write(`${fullTitle}\n`);
  (CHROMIUM === null ? describe.skip : describe)(fullTitle, body);
}
