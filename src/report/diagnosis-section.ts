import { codeBlock, codeSpan, plainText, prose } from './escape';
import { explains } from './explained';
import { capitalized, listed } from './quantities';
import type { Report, ReportDiagnosis, ReportGate } from './schema';
import { isBroken } from './standings';
import { subjectOfGate } from './subjects';
import { namesOf } from './trouble';

/** A place where nobody is told what to do, since the message has said it. */
const ONLY_WHERE = 'Where';

/** The causes, those first that a gate fails for: what only warns comes after them. */
export function diagnosesInOrder(report: Report): readonly ReportDiagnosis[] {
  const isFailing = (one: ReportDiagnosis): boolean =>
    report.gates.some((gate) => gate.outcome === 'fail' && explains(one, gate));
  const failing = report.diagnoses.filter(isFailing);
  return [...failing, ...report.diagnoses.filter((one) => !failing.includes(one))];
}

/** Cause, evidence and change of a diagnosis, as Markdown; what the message of an error says already is not said again. */
export function diagnosisSection(one: ReportDiagnosis, report: Report): string {
  const about = subjectsOf(one, report);
  const subject = about.length === 0 ? '' : `**${plainText(capitalized(listed(about)))}:** `;
  const untold = untoldOf(one, report);
  const why = untold.why.map(prose).join(' ');
  const { what } = untold;
  const label = whatLabel(one, what);
  const text = [`**${label}**${placeOf(one, label)}`, ...what.map(prose)].join(': ');
  return [
    ...(why === '' ? [] : [`${subject}${why}`]),
    ...(what.length === 0 && one.file === null ? [] : [text]),
    ...(one.diff === null ? [] : [codeBlock(one.diff.trimEnd(), 'diff')]),
  ].join('\n\n');
}

/** What stands before what to do, and where. */
export function whatLabel({ diff }: Pick<ReportDiagnosis, 'diff'>, what: readonly string[]): string {
  return what.length === 0 ? ONLY_WHERE : `What to ${diff === null ? 'do' : 'change'}`;
}

/** What of a diagnosis the message of an error, and what stands below it, do not say. */
export function untoldOf(
  { cause, evidence, fix }: ReportDiagnosis,
  { message, details }: Report,
): { readonly why: readonly string[]; readonly what: readonly string[] } {
  if (message?.includes(cause) === true) return { why: [], what: [] };
  const said = [message ?? '', ...details].join('\n');
  return { why: unsaid(said, cause, evidence), what: unsaid(said, fix) };
}

/** Where there is a change, it is in that line; otherwise that line is what it is about. */
function placeOf({ file, line, diff }: ReportDiagnosis, label: string): string {
  if (file === null) return '';
  const place = codeSpan(`${file}${line === null ? '' : `:${line}`}`);
  if (label === ONLY_WHERE) return `: ${place}`;
  return diff === null ? ` (${place})` : ` in ${place}`;
}

function unsaid(said: string, ...sentences: readonly string[]): readonly string[] {
  return sentences.filter((sentence) => sentence !== '' && !said.includes(sentence));
}

/** The scenarios that do not meet a gate that a diagnosis explains; where none is known, what the gates are about. */
function subjectsOf(diagnosed: ReportDiagnosis, report: Report): readonly string[] {
  const explained = (gate: ReportGate): boolean => explains(diagnosed, gate);
  const concerned = report.scenarios.filter(({ gates }) => gates.some((gate) => explained(gate) && isBroken(gate)));
  return [...new Set(concerned.length === 0 ? report.gates.filter(explained).map(subjectOfGate) : namesOf(concerned))];
}
