import { describe, expect, test } from '@jest/globals';
import { markdownSections } from '../../src/report/markdown';
import { profileGates } from '../../src/settings/profiles';
import { rotationEvidence, steady } from '../support/evidence';
import {
  CONFIG_FILE,
  erroneous,
  failing,
  gate,
  inconclusive,
  markdownOf,
  passing,
  plainSpaces,
  reportOf,
} from './reports';

/** The line of a table that begins with these cells. */
function row(markdown: string, ...cells: readonly string[]): string | undefined {
  return plainSpaces(markdown)
    .split('\n')
    .find((line) => line.startsWith(`| ${cells.join(' | ')}`));
}

describe('a pass', () => {
  const markdown = markdownOf(passing(), 'https://github.example/run/1');

  test('begins with the answer, and then both sides of it', () => {
    expect(markdown.split('\n\n').slice(0, 3)).toEqual([
      '### Pass · Survives crash; every replica gets its share',
      '3 × `shop:pr-482` behind NGINX 1.30.4.',
      'Clients sent 1,500 requests and saw no errors; NGINX hid no failed attempts; the longest wait was 6 ms.',
    ]);
  });

  test('proves it gate by gate: outcome, observed, allowed, margin, samples', () => {
    expect(row(markdown, 'pass', 'crash: longest wait')).toBe(
      '| pass | crash: longest wait | 6 ms | &lt; 6 s | 6 s to spare | 1,000 |',
    );
    expect(row(markdown, 'pass', 'rotation: replicas that serve')).toBe(
      '| pass | rotation: replicas that serve (3 of 3 replicas) | 100 % | 100 % |  | 300 |',
    );
  });

  test('shows who served how much', () => {
    expect(row(markdown, 'app2')).toBe('| app2 | 100 | 33.3 % | ████████████ |');
  });

  test('folds each scenario behind its numbers, and the configuration behind its name', () => {
    expect(markdown).toContain(
      '<details><summary><b>Crash of app2</b>: 1,200 requests in 12 s; clients saw no error, NGINX hid no failed attempts; ' +
        'longest wait 6 ms</summary>',
    );
    expect(markdown).toContain(`<details><summary>NGINX configuration under test: ${CONFIG_FILE}</summary>`);
    expect(markdown.match(/<details>/g)?.length).toBe(markdown.match(/<\/details>/g)?.length);
  });

  test('says scenario by scenario what clients saw and what was hidden from them', () => {
    expect(row(markdown, 'pass', 'Crash of app2')).toBe(
      '| pass | Crash of app2 | no error | 6 ms | 0 | 16 ms | 1,200 |',
    );
    expect(row(markdown, 'pass', 'Rotation')).toBe('| pass | Rotation | no error | 6 ms | 0 |  | 300 |');
  });

  test('draws its fault, and who served what, folded', () => {
    const folded = markdown.slice(markdown.indexOf('<details>'));
    expect(markdown.match(/```mermaid/g)).toHaveLength(2);
    expect(folded.match(/```mermaid/g)).toHaveLength(2);
  });

  test('ends with how to have it again', () => {
    expect(markdownSections(passing(), { runUrl: 'https://github.example/run/1' }).at(-1)).toBe(
      '<sub>24.4 s · the same schedule again: <code>seed: 7</code> · <a href="https://github.example/run/1">this run</a></sub>',
    );
  });

  test('names the commit', () => {
    expect(markdownSections(passing(), { runUrl: null, commit: 'c0ffee1234567890' }).at(-1)).toMatch(
      /^<sub>commit <code>c0ffee1<\/code> · 24\.4 s/,
    );
  });
});

describe('a failure', () => {
  const markdown = markdownOf(failing());
  const [title, holds, cause, fix, diff] = markdown.split('\n\n');

  test('hands the fixer the cause and the change before all else', () => {
    expect(title).toBe('### Fail · Crash: clients wait 38 s');
    expect(holds).toBe('**Every replica gets its share.** 3 × `shop:pr-482` behind NGINX 1.30.4.');
    expect(cause).toMatch(/^\*\*Crash:\*\* A replica that is gone takes no connection, and NGINX waits for one: /);
    expect(fix).toMatch(/^\*\*What to change\*\* in `nginx\/default\.conf:\d+`: Add `proxy_connect_timeout 1s;`/);
    expect(diff).toMatch(/^```diff\n@@ /);
    expect(markdown).toMatch(/\n\+ +proxy_connect_timeout 1s;\n/);
  });

  test('puts the gate that fails first, in bold, with how far it is off', () => {
    const [scenario, gate] = plainSpaces(markdown)
      .split('\n')
      .filter((line) => line.startsWith('| **fail'));
    expect(scenario).toBe('| **fail** | **Crash of app2** | **no error** | **38 s** | **1** | **16 ms** | **1,201** |');
    expect(gate).toBe('| **fail** | **crash: longest wait** | **38 s** | **&lt; 6 s** | **32 s over** | **1,001** |');
  });

  test('folds the gates that are met behind their number, where they are many', () => {
    expect(markdown).toMatch(/<details><summary>11 gates met<\/summary>[^]*?\| pass \| crash: failed GET requests/);
  });

  test('draws the scenario that fails before all tables, and not again where it is folded', () => {
    const open = markdown.slice(0, markdown.indexOf('<details>'));
    expect(/```mermaid[^]*?```\n\n<sub>.*<\/sub>/.exec(open)?.[0]).toMatch(
      /"broken"[^]*"mended"[^]*\n {2}line \[6(, 6)*\][^]*line: what is allowed, 6 s; grey: app2 is broken, from 2 s to 9 s\.<\/sub>$/,
    );
    expect(open.indexOf('```mermaid')).toBeLessThan(open.indexOf('| **fail**'));
    expect(markdown.match(/xychart-beta\n/g)).toHaveLength(1);
  });

  test('shows when it happened, with injection and healing marked', () => {
    const times = plainSpaces(markdown)
      .split('\n')
      .filter((line) => /^\| [\d.]+( to [\d.]+)? s \| \d* ?\|/.test(line));
    expect(times).toEqual([
      '| 0 to 2 s | 200 | 0 | 0 | 6 ms |  |',
      '| 2 s |  |  |  |  | **crash of app2** |',
      '| 2 to 3 s | 100 | 0 | 0 | 6 ms |  |',
      '| 3 to 3.25 s | 26 | 0 | 1 | 38 s | ████████████ |',
      '| 3.25 to 9 s | 575 | 0 | 0 | 6 ms |  |',
      '| 9 s |  |  |  |  | **mending of app2 begins** |',
      '| 9 to 9.5 s | 50 | 0 | 0 | 6 ms |  |',
      '| 9.5 s |  |  |  |  | **app2 is ready again** |',
      '| 9.5 to 12 s | 250 | 0 | 0 | 6 ms |  |',
    ]);
  });

  test('shows each phase from both sides, and the requests to look at with what NGINX tried', () => {
    expect(row(markdown, 'fault')).toBe('| fault | 2 s | 701 | 0 | 1 | 6 ms | 6 ms | 38 s |');
    expect(row(markdown, '3 s', 'GET, fresh connection')).toBe(
      '| 3 s | GET, fresh connection | 38 s | 200 | app2: no connection after 38 s → app3: 200 after 5 ms |',
    );
  });

  test('names every metric as a gate would, and none of them twice', () => {
    expect(markdown).toContain('`failover.crash.stall` 38 s');
    expect(markdown).not.toContain('`failover.stall`');
  });
});

describe('a replica that serves nothing', () => {
  const markdown = markdownOf(reportOf('backup-by-mistake', [rotationEvidence(steady(0, 300, ['app1', 'app2']))]));

  test('stands out in the distribution', () => {
    expect(row(markdown, 'app3')).toBe('| app3 | 0 | 0.0 % | **serves nothing** |');
    expect(row(markdown, '**fail**', '**rotation: replicas that serve')).toContain('(2 of 3 replicas)');
  });

  test('is the picture of what went wrong: the distribution is not folded, and no time is drawn', () => {
    const open = markdown.slice(0, markdown.indexOf('<details>'));
    expect(open).toMatch(/xychart-beta horizontal\n[^]*bar \[150, 150, -20\]/);
    expect(open.match(/```mermaid/g)).toHaveLength(1);
  });
});

describe('many replicas', () => {
  const names = Array.from({ length: 16 }, (_, index) => `app${index + 1}`);
  const distribution = Object.fromEntries(names.map((name, index) => [name, index === 6 ? 0 : 40 + (index % 2)]));
  const markdown = markdownOf({ ...passing(), distribution });

  test('are folded behind what matters of them', () => {
    expect(markdown).toContain(
      '<details><summary>Distribution over 16 replicas: 0 to 41 requests each; app7 served nothing</summary>',
    );
    expect(names.filter((name) => row(markdown, name) === undefined)).toEqual([]);
  });
});

describe('questions put to the cluster', () => {
  const [rotation] = passing().scenarios;
  const probe = { id: 'egress', subject: 'app1', claim: 'it reaches nothing outside', seen: 'no route' };
  const probes = [
    { ...probe, holds: true },
    { ...probe, subject: 'app2', seen: 'it was answered', holds: false },
    { ...probe, subject: 'app3', seen: 'no such tool here', holds: null },
  ];
  const scenarios = rotation === undefined ? [] : [{ ...rotation, name: 'isolation', probes }];
  const markdown = markdownOf({ ...passing(), scenarios });

  test('are counted in the line that is seen, and those that do not hold come first', () => {
    expect(markdown).toContain('<summary><b>Isolation</b>: 1 of 3 claims hold; 300 requests');
    expect(markdown.split('\n').filter((line) => line.includes('it reaches nothing outside'))).toEqual([
      '| **does not hold** | app2 | it reaches nothing outside | it was answered |',
      '| not asked | app3 | it reaches nothing outside | no such tool here |',
      '| holds | app1 | it reaches nothing outside | no route |',
    ]);
  });
});

describe('an inconclusive run', () => {
  const markdown = markdownOf(inconclusive());

  test('says why, once for each reason, and what to do', () => {
    expect(markdown).toMatch(/^### Inconclusive · Nothing is proven about /);
    expect(markdown.match(/the load generator itself was late: p99 221 ms, allowed 50 ms/g)?.length).toBeGreaterThan(0);
    expect(
      markdown.split('\n').filter((line) => /^- .*\(\d+ gates\): the load generator itself was late/.test(line)),
    ).toHaveLength(1);
    expect(markdown).toContain(
      '**What to do**\n\n- The runner was too busy to send its requests on time (p99 221 ms late',
    );
    expect(markdown).toContain('`on-inconclusive: pass`');
  });

  test('claims no number that nothing can rest on', () => {
    expect(row(markdown, '**inconclusive**', '**crash: longest wait**')).toBe(
      '| **inconclusive** | **crash: longest wait** | **unknown** | **&lt; 6 s** |  | **1,000** |',
    );
  });

  test('of a part of the gates, beside others that fail, has the same remedy', () => {
    const markdown = markdownOf({ ...inconclusive(), verdict: 'fail' });
    expect(markdown).toContain('\n- The runner was too busy to send its requests on time (p99 221 ms late');
    expect(markdown).not.toContain('**What to do**');
  });

  test('of a gate whose check was not run says which inputs to fill', () => {
    const report = { ...passing(), verdict: 'inconclusive' as const };
    const notRun = gate({ observed: null, outcome: 'inconclusive', reason: 'not measured', scenario: null });
    expect(markdownOf({ ...report, gates: [notRun] })).toContain('in the inputs `checks` and `faults`');
  });
});

describe('warnings', () => {
  test('a gate that nobody can observe has its reason under the table', () => {
    const warned = gate({ outcome: 'warn', observed: null, reason: 'not observable: ip-hash' });
    expect(markdownOf({ ...passing(), gates: [warned] })).toContain('- Crash: longest wait: not observable: ip-hash');
  });

  test('a broken one keeps its diagnosis, and the headline tells of it', () => {
    const markdown = markdownOf(failing(profileGates('observe', ['rotation', 'failover'])));
    expect(markdown).toContain('### Pass · Only warned: Crash: clients wait 38 s');
    expect(markdown).toContain('**What to change** in');
  });
});

describe('an error', () => {
  test('says what happened, in the words of whoever said it, and that nothing was judged', () => {
    const markdown = markdownOf(erroneous('Input `nginx-config`: NGINX does not accept it.', ['[emerg] no', 'such']));
    expect(markdown.split('\n\n')).toEqual([
      '### Error · Nothing could be judged',
      'Input `nginx-config`: NGINX does not accept it.',
      '```text\n[emerg] no\nsuch\n```',
      'No request was judged. Put this right, and run the job again.',
      '<sub>4.5 s</sub>',
    ]);
  });

  test('an endless log is cut to its end, line by line', () => {
    const log = [...Array.from({ length: 100 }, (_, index) => `line ${index}`), 'x'.repeat(10_000)];
    const markdown = markdownOf(erroneous('Replica app1 did not become ready.', log));
    expect(markdown).toContain('(61 lines before)\nline 61\n');
    expect(markdown).toContain(`${'x'.repeat(400)}…\n`);
  });
});
