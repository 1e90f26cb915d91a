import type { Log, Notification, ReportingDescriptor, Result } from 'sarif';
import { ruleTitle } from './sarif-rules';
import { explains } from './explained';
import type { Report, ReportDiagnosis } from './schema';

const SCHEMA = 'https://json.schemastore.org/sarif-2.1.0.json';

/** A diagnosis that names a file of the user. */
type Placed = ReportDiagnosis & { readonly file: string };

type Level = 'error' | 'warning' | 'note';

/**
 * The diagnoses as SARIF 2.1.0, one rule for each kind and one result for each that names a file of the workspace. GitHub code
 * scanning takes no result without a place and then drops the whole log; so one without a file is a notification of the run.
 */
export function sarifLog(report: Report): Log {
  const placed = report.diagnoses.filter((one): one is Placed => one.file !== null);
  const rules = [...new Set(report.diagnoses.map(({ id }) => id))];
  const seen = new Map<string, number>();
  return {
    version: '2.1.0',
    $schema: SCHEMA,
    runs: [
      {
        tool: { driver: { name: 'lb-cluster-action', rules: rules.map((id) => ruleOf(id, report)) } },
        invocations: [
          {
            executionSuccessful: report.verdict !== 'error',
            toolExecutionNotifications: [
              ...(report.message === null ? [] : [failure(report.message, report.details)]),
              ...report.diagnoses
                .filter(({ file }) => file === null)
                .map((one) => notification(one, rules.indexOf(one.id), report)),
            ],
          },
        ],
        originalUriBaseIds: { '%SRCROOT%': { description: { text: 'The root of the repository.' } } },
        // Columns are not told; where they are, GitHub counts as JavaScript does.
        columnKind: 'utf16CodeUnits',
        results: placed.map((one) => resultOf(one, rules.indexOf(one.id), report, occurrence(one, seen))),
      },
    ],
  };
}

function ruleOf(id: string, report: Report): ReportingDescriptor {
  const title = `${ruleTitle(id)}.`;
  const level = report.diagnoses.find((one) => one.id === id);
  return {
    id,
    shortDescription: { text: title },
    fullDescription: { text: title },
    help: { text: `${title} The result says how it was seen, and what to change.` },
    defaultConfiguration: { level: level === undefined ? 'warning' : levelOf(level, report) },
    properties: { tags: ['load-balancing', 'reliability'] },
  };
}

function resultOf(diagnosis: Placed, ruleIndex: number, report: Report, occurred: number): Result {
  const { id, file, line } = diagnosis;
  return {
    ruleId: id,
    ruleIndex,
    level: levelOf(diagnosis, report),
    message: { text: messageOf(diagnosis) },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: relativeUri(file), uriBaseId: '%SRCROOT%' },
          // Without a line it is the file as a whole, which code scanning shows at its beginning.
          region: { startLine: line ?? 1 },
        },
      },
    ],
    // Neither line nor numbers of a run: the finding is the same when it moves. upload-sarif adds a hash of the lines.
    partialFingerprints: { 'lbClusterDiagnosis/v1': `${id}:${relativeUri(file)}:${occurred}` },
    properties: { gates: [...diagnosis.gates] },
  };
}

function notification(diagnosis: ReportDiagnosis, index: number, report: Report): Notification {
  return {
    associatedRule: { id: diagnosis.id, index },
    level: levelOf(diagnosis, report),
    message: { text: messageOf(diagnosis) },
  };
}

function failure(message: string, details: readonly string[]): Notification {
  return { level: 'error', message: { text: literal([message, ...details].join('\n')) } };
}

/** The worst outcome of the gates that a diagnosis explains. */
function levelOf(diagnosis: ReportDiagnosis, report: Report): Level {
  const outcomes = report.gates.filter((gate) => explains(diagnosis, gate)).map(({ outcome }) => outcome);
  // What kept a run from measuring explains no gate.
  if (report.verdict === 'error' || outcomes.includes('fail')) return 'error';
  return outcomes.includes('warn') || outcomes.includes('inconclusive') ? 'warning' : 'note';
}

function messageOf({ cause, evidence, fix }: ReportDiagnosis): string {
  return literal([cause, evidence, fix].filter((part) => part !== '').join(' '));
}

/** Text that holds no link of SARIF's (section 3.11.6, `[text](target)`): a zero-width space parts what would be one. */
function literal(text: string): string {
  return text.toWellFormed().replace(/\](?=\()/g, ']\u200b');
}

/** A path in the workspace as a relative reference (RFC 3986, section 4.2), so that no name of a file turns into a scheme. */
function relativeUri(file: string): string {
  const names = file
    .toWellFormed()
    .split('/')
    .filter((name) => name !== '' && name !== '.');
  return names.map(encodeURIComponent).join('/');
}

/** How many of the same kind in the same file came before. */
function occurrence({ id, file }: Placed, seen: Map<string, number>): number {
  const key = JSON.stringify([id, file]);
  const count = seen.get(key) ?? 0;
  seen.set(key, count + 1);
  return count;
}
