/** The corpus's results as Markdown. */
import { upperBound } from './confidence.mjs';

/** One row a case. */
export function caseTable(results, notYet) {
  const rows = [
    ...results.map(({ one, verdict, ids, seconds, deviations, fix }) => [
      `${deviations.length === 0 ? '' : '**DEVIATES** '}${one.name}`,
      words([one.expected, ...one.fails]),
      deviations.length === 0 ? verdict : `${verdict}: ${deviations.join('; ')}`,
      words(ids),
      seconds.toFixed(0),
      fix?.story ?? '',
    ]),
    ...notYet.map(({ one, missing }) => [one.name, one.expected, `not yet: needs ${missing.join(', ')}`, '', '', '']),
  ];
  return table(['case', 'expected', 'observed', 'diagnosis', 'seconds', 'fix proven'], rows);
}

/** How many broken cases were caught, each with the right diagnosis, and how many were mended by it. */
export function totals(results) {
  const broken = results.filter(({ one }) => !one.good);
  const caught = broken.filter(({ deviations }) => deviations.every((text) => text.startsWith('fix:')));
  const tried = broken.filter(({ fix }) => fix !== null);
  const mended = tried.filter(({ fix }) => fix.mended);
  const good = results.filter(({ one }) => one.good);
  const passed = good.filter(({ deviations }) => deviations.length === 0);
  return [
    `Broken cases caught, each with the right diagnosis: ${share(caught.length, broken.length)}`,
    `Mended by the diagnoses' own change: ${share(mended.length, tried.length)}`,
    `Good cases passed: ${share(passed.length, good.length)}`,
  ].join('\n');
}

/** Repeated runs of each case: verdicts, and what they say at most about the rate of false alarms. */
export function repeatTable(results, condition) {
  const names = [...new Set(results.map(({ one }) => one.name))];
  const row = (name, runs) => {
    const count = (verdict) => runs.filter((run) => run.verdict === verdict).length;
    const bound = (events) => `${events} (at most ${(upperBound(events, runs.length) * 100).toFixed(1)} %)`;
    const alarms = count('fail') + count('error');
    return [name, condition, runs.length, count('pass'), bound(alarms), bound(count('inconclusive'))];
  };
  const head = ['case', 'machine', 'runs', 'pass', 'fail or error (95 % bound)', 'inconclusive (95 % bound)'];
  const each = names.map((name) =>
    row(
      name,
      results.filter(({ one }) => one.name === name),
    ),
  );
  return table(head, [...each, row('**all**', results)]);
}

function share(part, whole) {
  return whole === 0 ? 'none tried' : `${part} of ${whole} (${((part / whole) * 100).toFixed(0)} %)`;
}

function words(list) {
  return list.join(', ');
}

function table(head, rows) {
  const line = (cells) =>
    `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|').replace(/\s+/g, ' ')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
