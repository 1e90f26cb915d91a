import type { Report } from '../schema';
import { LATE_ANSWERS } from '../late-answer';
import { capitalized } from '../quantities';
import { headline } from '../wording';
import { comparisonPart } from './comparison-part';
import { configSection } from './config-section';
import { diagnosesSection } from './diagnoses-section';
import { distributionSection } from './distribution-section';
import { gatesSection } from './gates-section';
import type { Markup } from './markup';
import { html, scriptJson, verbatim } from './markup';
import type { PageData } from './page-data';
import { pageData } from './page-data';
import type { Series } from './series';
import { scenariosSection } from './scenario-section';
import type { Origin } from './verdict-section';
import { troubleSection, verdictSection } from './verdict-section';

/** The page's own script and style, as the build made them, with the hashes by which the page admits them and nothing else. */
export interface PageAssets {
  readonly script: Asset;
  readonly style: Asset;
}

/** One text and its hash, as a content security policy spells it: `sha256-…`. */
export interface Asset {
  readonly text: string;
  readonly hash: string;
}

/**
 * The report as one HTML file that needs nothing else. All that is text stands in it as such and needs no script; charts and the
 * table of requests are made by the page's own script from the series.
 */
export function htmlReport(report: Report, series: readonly Series[], assets: PageAssets, origin: Origin): string {
  const data = pageData(report, series);
  const charted = new Set(data.scenarios.map(({ name }) => name));
  const title = `${capitalized(report.verdict)}: ${headline(report)}`;
  return `<!doctype html>\n${
    html`<html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy(assets)}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <title>${title}</title>
        ${styleElement(assets.style)}
      </head>
      <body>
        <a class="skip" href="#main">Skip to the report</a>
        <main id="main">
          ${verdictSection(report, origin)} ${navigation(report, charted.size > 0)} ${troubleSection(report)}
          ${diagnosesSection(report)} ${comparisonPart(report)} ${gatesSection(report)} ${distributionSection(report)}
          ${scenariosSection(report, charted)} ${charted.size > 0 ? requestsSection(data) : null}
          ${configSection(report)}
        </main>
        <footer>
          <p>Made by lb-cluster-action. Everything here, and more, is in report.json beside this file.</p>
        </footer>
        ${dataElement(data)} ${scriptElement(assets.script)}
      </body>
    </html>`.text
  }\n`;
}

/** The hash is that of the text between the tags, to the byte: no template that is laid out anew may stand around it. */
function styleElement({ text }: Asset): Markup {
  return verbatim(`<style>${text}</style>`);
}

function scriptElement({ text }: Asset): Markup {
  return verbatim(`<script>${text}</script>`);
}

function dataElement(data: PageData): Markup {
  return verbatim(`<script type="application/json" id="data">${scriptJson(data)}</script>`);
}

/** Nothing is fetched from anywhere; nothing runs but what the build made. */
function policy({ script, style }: PageAssets): string {
  return [
    "default-src 'none'",
    `script-src '${script.hash}'`,
    `style-src '${style.hash}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

function navigation(report: Report, hasRequests: boolean): Markup {
  const links = [
    ...(report.diagnoses.length > 0 ? [{ to: 'diagnoses', words: 'Why' }] : []),
    ...(report.gates.length > 0 ? [{ to: 'gates', words: 'Gates' }] : []),
    ...(Object.keys(report.distribution).length > 0 ? [{ to: 'distribution', words: 'Distribution' }] : []),
    ...(report.scenarios.length > 0 ? [{ to: 'scenarios', words: 'Scenarios' }] : []),
    ...(hasRequests ? [{ to: 'requests', words: 'Requests' }] : []),
    ...(report.cluster.config === null ? [] : [{ to: 'configuration', words: 'Configuration' }]),
  ];
  if (links.length < 2) return html``;
  return html`<nav aria-label="Parts of the report">
    <ul>
      ${links.map(({ to, words }) => html`<li><a href="#${to}">${words}</a></li>`)}
    </ul>
  </nav>`;
}

function requestsSection({ scenarios }: PageData): Markup {
  const isAnyLate = scenarios.some(({ series }) => series.requests.asked.some((ms) => ms > 0));
  return html`<section id="requests" aria-labelledby="requests-title">
    <h2 id="requests-title">Requests that failed, were retried or waited</h2>
    <noscript
      ><p>This table and the charts need JavaScript; report.json has the worst requests of every scenario.</p></noscript
    >
    <div id="request-table"></div>
    ${isAnyLate ? html`<p class="note">${LATE_ANSWERS}</p>` : null}
  </section>`;
}
