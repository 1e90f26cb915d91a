import { describe, expect, test } from '@jest/globals';
import { terminalLines } from '../../src/report/terminal';
import type { Report, ReportRollout } from '../../src/report/schema';
import { erroneous, failing, markdownOf } from './reports';

const PAYLOADS = [
  '</summary></details><script>alert(1)</script>',
  '@octocat please #1',
  '[click](https://evil.example)',
  '| a | b |\n|---|---|',
  '```\n# out of the fence\n```',
  '`` ` `` <b>',
  '<!-- lb-cluster-action key=0 digest=0 -->',
  '\n\n---\n\n# heading',
];

/** The failing report with foreign text wherever foreign text can come from. */
function spoilt(text: string): Report {
  const report = failing();
  return {
    ...report,
    cluster: {
      ...report.cluster,
      images: [{ role: 'app', reference: text, id: text, digests: [] }],
      nginxVersion: text,
      config: { source: 'user', file: text, text },
    },
    distribution: { [text]: 3, app2: 0 },
    gates: report.gates.map((gate) => ({ ...gate, reason: text })),
    diagnoses: report.diagnoses.map((one) => ({
      ...one,
      cause: text,
      evidence: text,
      fix: text,
      file: text,
      diff: text,
    })),
    scenarios: report.scenarios.map((scenario) => ({
      ...scenario,
      fault: scenario.fault === null ? null : { ...scenario.fault, victim: text, proof: text },
      gates: scenario.gates.map((gate) => ({ ...gate, reason: text })),
      probes: [{ id: 'egress', subject: text, claim: text, seen: text, holds: false }],
      rollout: spoiltRollout(text),
      metrics: scenario.metrics.map((metric) => ({ ...metric, value: null, remark: text })),
      notable: scenario.notable.map((request) => ({
        ...request,
        outcome: text,
        attempts: request.attempts.map((attempt) => ({ ...attempt, replica: text })),
      })),
    })),
  };
}

function spoiltRollout(text: string): ReportRollout {
  const at = {
    drainAt: 1,
    drainedAt: 2,
    stopAt: 3,
    stoppedAt: 4,
    startAt: 5,
    readyAt: 6,
    backAt: 7,
    rolledBackAt: null,
  };
  const versions = { versionBefore: text, versionAfter: `${text}2` };
  return {
    ...{ from: text, to: `${text}2`, promisedBy: text, startedAt: 0, endedAt: 9 },
    steps: [{ replica: text, undrained: text, inFlight: 0, exitCode: 0, ...at, ...versions }],
    failure: { kind: 'not-ready', replica: text, why: text, details: [text], rollbackProblem: text },
  };
}

/** Lines that Markdown reads as such: those between fences are code. */
function outsideOfCode(markdown: string): readonly string[] {
  let fence: string | null = null;
  return markdown.split('\n').flatMap((line) => {
    const [ticks = null] = /^`{3,}/.exec(line) ?? [];
    if (fence === null && ticks !== null) fence = ticks;
    else if (fence !== null) fence = line === fence ? null : fence;
    else return [line.replace(/(?<![\\`])(`+)(?!`).*?(?<!`)\1(?!`)/g, 'code')];
    return [];
  });
}

describe.each(PAYLOADS)('foreign text %j', (payload) => {
  const lines = outsideOfCode(markdownOf(spoilt(payload), `https://github.example/${payload}`));
  const clean = outsideOfCode(markdownOf(spoilt('x'), 'https://github.example/x'));

  test('adds no line, hence no heading, fence, rule or table', () => {
    expect(lines).toHaveLength(clean.length);
  });

  test('adds no tag, mention, reference or link', () => {
    const tags = (all: readonly string[]): readonly string[] => all.join('\n').match(/<[/!a-z][^>]*?(?=[\s>])/g) ?? [];
    const text = lines.map((line) => line.replace(/href="[^"]*"/, '')).join('\n');
    expect(tags(lines)).toEqual(tags(clean));
    expect(text).not.toMatch(/@octocat|#1\b|:\/\//);
    // Between tags Markdown is only text.
    expect(text.replace(/<summary>.*<\/summary>/g, '')).not.toMatch(/(?<!\\)\]\(/);
  });

  test('adds no cell to a table', () => {
    const cells = (line: string): number => (line.startsWith('| ') ? line.split(/(?<!\\)\|/).length : 0);
    expect(lines.map(cells)).toEqual(clean.map(cells));
  });

  test('stays in its block in an error, too', () => {
    const error = outsideOfCode(markdownOf(erroneous(payload, [payload])));
    expect(error).toHaveLength(outsideOfCode(markdownOf(erroneous('x', ['x']))).length);
    expect(error.join('\n')).not.toMatch(/<script|@octocat|^# /m);
  });
});

test('the terminal gets foreign text as it is: its log escapes what it must', () => {
  expect(terminalLines(erroneous('m', ['<b> @octocat'])).join('\n')).toContain('  | <b> @octocat');
});
