import type { Report } from '../schema';
import { capitalized, counted, quantity } from '../quantities';
import { advice, undecided } from '../undecided';
import { afterTrouble, headline, builtHere, testedApps, twoSides, type TestedApps } from '../wording';
import type { Markup } from './markup';
import { html, prose } from './markup';

/** More lines of a log nobody reads, and one endless line must not fill the page. */
const MOST_LINES = 200;
const LONGEST_LINE = 2_000;

/** What was tested, and beside which page of GitHub it belongs. */
export interface Origin {
  /** Page of the run; null: none. */
  readonly runUrl: string | null;
}

/** The answer: the verdict, its reason, and what the numbers rest on. */
export function verdictSection(report: Report, origin: Origin): Markup {
  const both = twoSides(report);
  return html`<header class="verdict ${report.verdict}">
    <p class="word">${capitalized(report.verdict)}</p>
    <h1>${capitalized(headline(report))}</h1>
    ${both === null ? null : html`<p class="lead">${both}</p>`}
    <p class="facts">${facts(report, origin)}</p>
  </header>`;
}

/** Why a run was not judged, or not to the end. */
export function troubleSection(report: Report): Markup {
  if (report.message !== null) {
    return html`<section id="trouble" aria-labelledby="trouble-title">
      <h2 id="trouble-title">What went wrong</h2>
      <p>${prose(report.message)}</p>
      ${logBlock(report.details)}
      <p>${afterTrouble(report)}</p>
    </section>`;
  }
  const open = undecided(report, 'inconclusive');
  const reasons = [...open, ...undecided(report, 'warn')];
  if (reasons.length === 0) return html``;
  return html`<section id="open" aria-labelledby="open-title">
    <h2 id="open-title">${open.length === 0 ? 'What could not be observed' : 'What is not proven, and why'}</h2>
    <ul>
      ${reasons.map(({ about, why }) => html`<li><strong>${capitalized(about)}:</strong> ${prose(why)}</li>`)}
    </ul>
    ${
      report.verdict === 'inconclusive'
        ? html`<h3>What to do</h3>
            <ul>
              ${advice(report).map((line) => html`<li>${prose(line)}</li>`)}
            </ul>`
        : null
    }
  </section>`;
}

/** Lines of a log, the last of them where there are many. */
export function logBlock(lines: readonly string[]): Markup {
  if (lines.length === 0) return html``;
  const shown = lines.slice(-MOST_LINES).map((line) => line.slice(0, LONGEST_LINE));
  const left = lines.length - shown.length;
  return html`${left === 0 ? null : html`<p class="note">${counted(left, 'line')} before these are in report.json.</p>`}
    <pre
      class="scroll"
      tabindex="0"
      role="group"
      aria-label="Last lines of the log"
    ><code>${shown.join('\n')}</code></pre>`;
}

function facts(report: Report, { runUrl }: Origin): Markup {
  const { cluster, seed, timings, scenarios } = report;
  const app = testedApps(report);
  const total = timings['total'];
  const parts = [
    ...(app === null ? [] : [appFacts(app)]),
    ...(cluster.nginxVersion === null ? [] : [html`NGINX ${cluster.nginxVersion}`]),
    ...(total === undefined ? [] : [html`took ${quantity(total, 'ms')}`]),
    ...(scenarios.length === 0 ? [] : [html`seed <code>${seed}</code>`]),
    ...(runUrl === null ? [] : [html`<a href="${runUrl}" rel="noreferrer">this run on GitHub</a>`]),
  ];
  return html`${parts.map((part, index) => html`${index === 0 ? null : ' · '}<span>${part}</span>`)}`;
}

function appFacts(app: TestedApps): Markup {
  const { replicas, images } = app;
  const here = builtHere(app);
  if (here !== null) return html`${here}`;
  const names = images.map((image, index) => html`${index === 0 ? null : ', '}<code>${image}</code>`);
  return html`${replicas} ${images.length === 1 ? '×' : 'replicas of'} ${names}`;
}
