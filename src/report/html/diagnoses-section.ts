import { diagnosesInOrder, untoldOf, whatLabel } from '../diagnosis-section';
import type { Report, ReportDiagnosis } from '../schema';
import { explains } from '../explained';
import { capitalized, listed } from '../quantities';
import { subjectOfGate } from '../subjects';
import { ruleTitle } from '../sarif-rules';
import type { Markup } from './markup';
import { html, prose } from './markup';

/** Why gates are not met, and what to change. */
export function diagnosesSection(report: Report): Markup {
  if (report.diagnoses.length === 0) return html``;
  return html`<section id="diagnoses" aria-labelledby="diagnoses-title">
    <h2 id="diagnoses-title">Why, and what to change</h2>
    ${diagnosesInOrder(report).map((diagnosis) => article(diagnosis, report.diagnoses.indexOf(diagnosis), report))}
  </section>`;
}

/** Id of a diagnosis in the page. */
export function diagnosisAnchor(index: number): string {
  return `diagnosis-${index + 1}`;
}

function article(diagnosis: ReportDiagnosis, index: number, report: Report): Markup {
  const { id, diff } = diagnosis;
  const { why, what } = untoldOf(diagnosis, report);
  const about = report.gates.filter((gate) => explains(diagnosis, gate));
  // Of a run that could not measure a diagnosis is the reason, and no gate's.
  const failed = report.verdict === 'error' || about.some(({ outcome }) => outcome === 'fail');
  const subjects = [...new Set(about.map(subjectOfGate))];
  return html`<article class="diagnosis ${failed ? 'fail' : 'warn'}" id="${diagnosisAnchor(index)}">
    <h3>${ruleTitle(id)}</h3>
    <p class="note">${subjects.length === 0 ? null : html`${capitalized(listed(subjects))} · `}<code>${id}</code></p>
    ${why.length === 0 ? null : html`<p>${why.map((sentence, at) => html`${at === 0 ? null : ' '}${prose(sentence)}`)}</p>`}
    ${
      what.length === 0 && diagnosis.file === null
        ? null
        : html`<p>
            <strong>${whatLabel(diagnosis, what)}</strong
            >${place(diagnosis)}${what.map((sentence) => html`: ${prose(sentence)}`)}
          </p>`
    }
    ${diff === null ? null : diffBlock(diff)}
  </article>`;
}

function place({ file, line, diff }: ReportDiagnosis): Markup {
  if (file === null) return html``;
  const name = html`<code>${file}${line === null ? '' : `:${line}`}</code>`;
  return diff === null ? html` (${name})` : html` in ${name}`;
}

/** Added and removed lines differ by their sign, also for whoever sees no colour. */
function diffBlock(diff: string): Markup {
  const lines = diff.trimEnd().split('\n');
  const look = (line: string): string =>
    line.startsWith('+') ? 'added' : line.startsWith('-') ? 'removed' : line.startsWith('@@') ? 'hunk' : '';
  const marked = lines.map((line) => html`<span class="${look(line)}">${`${line}\n`}</span>`);
  return html`<pre
    class="diff scroll"
    tabindex="0"
    role="group"
    aria-label="The change as a diff"
  ><code>${marked}</code></pre>`;
}
