import { INPUTS, type Input } from './inputs';
import { anyPath } from './paths';
import { accepted, type Reading } from './reading';
import { choice } from './scalars';
import type { CommentMode } from './settings';

/** What the report action does: makes one report of the parts of a plan, or publishes one that another run has made. */
const REPORT_MODES = ['merge', 'publish'] as const;

/** Every input of the report action, parsed. */
export interface ReportSettings {
  readonly mode: (typeof REPORT_MODES)[number];
  /** Folder of the downloaded reports. */
  readonly reports: string;
  /** JSON, as given. */
  readonly parts: string;
  /** JSON, as given. */
  readonly needs: string;
  readonly onInconclusive: 'fail' | 'pass';
  readonly githubToken: string;
  readonly comment: CommentMode;
  readonly commentKey: string;
  /** Empty: under the runner's temporary directory. */
  readonly reportDir: string;
}

const asItIs = (text: string): Reading<string> => accepted(text);

/** Every input of the report action by its name in report/action.yml. */
export const REPORT_INPUTS = {
  mode: { default: 'merge', read: (text: string) => choice(REPORT_MODES)(text.trim()) },
  reports: { default: 'reports', read: (text: string) => anyPath(text.trim()) },
  parts: { default: '', read: asItIs },
  needs: { default: '', read: asItIs },
  'on-inconclusive': INPUTS['on-inconclusive'],
  'github-token': INPUTS['github-token'],
  comment: INPUTS.comment,
  'comment-key': INPUTS['comment-key'],
  'report-dir': INPUTS['report-dir'],
} as const satisfies Readonly<Record<string, Input<string>>>;

export type ReportInputName = keyof typeof REPORT_INPUTS;

export const REPORT_INPUT_NAMES = Object.keys(REPORT_INPUTS) as readonly ReportInputName[];

/** The settings, or one sentence for each input that cannot be read; never throws. */
export function parseReportInputs(
  raw: Readonly<Record<ReportInputName, string>>,
):
  | { readonly ok: true; readonly settings: ReportSettings }
  | { readonly ok: false; readonly problems: readonly string[] } {
  const problems: string[] = [];
  const value = <Name extends ReportInputName>(name: Name): Value<Name> => {
    const input = REPORT_INPUTS[name];
    const text = raw[name].trim() === '' ? input.default : raw[name];
    const reading = input.read(text) as Reading<Value<Name>>;
    if (reading.ok) return reading.value;
    problems.push(...reading.complaints.map((complaint) => `Input \`${name}\`: ${complaint.text}`));
    // Never seen: with a problem there are no settings.
    return '' as Value<Name>;
  };
  const settings: ReportSettings = {
    mode: value('mode'),
    reports: value('reports'),
    parts: value('parts'),
    needs: value('needs'),
    onInconclusive: value('on-inconclusive'),
    githubToken: value('github-token'),
    comment: value('comment'),
    commentKey: value('comment-key'),
    reportDir: value('report-dir'),
  };
  return problems.length > 0 ? { ok: false, problems } : { ok: true, settings };
}

type Value<Name extends ReportInputName> = (typeof REPORT_INPUTS)[Name] extends Input<infer T> ? T : never;
