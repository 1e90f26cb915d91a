import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { chooseAnnotations, type Annotation } from '../../src/github/annotations';
import { createLog } from '../../src/github/log';
import { OUTPUTS, STATE } from '../../src/github/names';
import {
  annotate,
  getState,
  markFailed,
  maskSecret,
  readEvent,
  readRawInputs,
  saveState,
  setOutputs,
  writeSummary,
} from '../../src/github/step';

const MIB = 1024 * 1024;
const environment = process.env;
let room: string;
let printed: string;

beforeEach(async () => {
  room = await mkdtemp(join(tmpdir(), 'step-'));
  process.env = { PATH: environment['PATH'] };
  printed = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
});

afterEach(async () => {
  jest.restoreAllMocks();
  process.env = environment;
  process.exitCode = undefined;
  await rm(room, { recursive: true });
});

/** An empty file that an environment variable names, as the runner prepares it. */
async function runnerFile(variable: string, content = ''): Promise<string> {
  const path = join(room, variable);
  await writeFile(path, content);
  process.env[variable] = path;
  return path;
}

function remark(kind: Annotation['kind'], message: string, place: Partial<Annotation> = {}): Annotation {
  return { kind, title: 'gate', message, file: null, line: null, ...place };
}

describe('inputs', () => {
  test('are read as they were written', () => {
    process.env['INPUT_GATES'] = '  failover.stall < 2s\n# note\n\nrotation.excess == 0\n';
    process.env['INPUT_NGINX-CONFIG'] = ' a b ';
    expect(readRawInputs(['gates', 'nginx-config', 'image'])).toEqual({
      gates: '  failover.stall < 2s\n# note\n\nrotation.excess == 0\n',
      'nginx-config': ' a b ',
      image: '',
    });
  });
});

describe('outputs and state', () => {
  test('a hostile value stays inside its output', async () => {
    const path = await runnerFile('GITHUB_OUTPUT');
    setOutputs({ [OUTPUTS.commentUrl]: 'x\nEOF\nverdict=pass', [OUTPUTS.verdict]: 'fail' });
    const text = await readFile(path, 'utf8');
    expect(text).toMatch(
      /^comment-url<<(ghadelimiter_\S+)\nx\nEOF\nverdict=pass\n\1\nverdict<<(ghadelimiter_\S+)\nfail\n\2\n$/,
    );
  });

  test('state goes from the main step to the post step', async () => {
    const path = await runnerFile('GITHUB_STATE');
    saveState(STATE.runId, 'r-1');
    await expect(readFile(path, 'utf8')).resolves.toMatch(/^run-id<</);
    process.env['STATE_run-id'] = 'r-1';
    expect(getState(STATE.runId)).toBe('r-1');
  });

  test('a terminal sees no workflow commands, and above all no token', () => {
    setOutputs({ verdict: 'pass' });
    saveState(STATE.runId, 'r-1');
    maskSecret('s3cret');
    expect(printed).toBe('');
  });

  test('a runner is told to mask the token; an empty one would only make it complain', () => {
    process.env['GITHUB_ACTIONS'] = 'true';
    maskSecret('');
    maskSecret('s3cret');
    expect(printed).toBe('::add-mask::s3cret\n');
  });

  test('a failed step is failed by its exit code', () => {
    markFailed();
    expect(process.exitCode).toBe(1);
  });
});

describe('annotations', () => {
  test('at most ten, the worst first, and the rest is told apart', () => {
    const kinds = ['notice', 'warning', 'error'] as const;
    const all = kinds.flatMap((kind) => Array.from({ length: 4 }, (_, n) => remark(kind, `${kind} ${n}`)));
    const { shown, left } = chooseAnnotations(all);
    expect(shown.map(({ kind }) => kind)).toEqual([
      ...Array<string>(4).fill('error'),
      ...Array<string>(4).fill('warning'),
      ...Array<string>(2).fill('notice'),
    ]);
    expect(shown[0]?.message).toBe('error 0');
    expect(left.map(({ message }) => message)).toEqual(['notice 2', 'notice 3']);
  });

  test('a runner gets them as commands, with file and line; a hostile message stays one message', () => {
    process.env['GITHUB_ACTIONS'] = 'true';
    annotate([remark('warning', 'w'), remark('error', 'a\n::stop-commands::x', { file: 'a,b.conf', line: 3 })]);
    expect(printed).toBe(
      '::error title=gate,file=a%2Cb.conf,line=3::a%0A::stop-commands::x\n::warning title=gate::w\n',
    );
  });

  test('those beyond ten are in the log', () => {
    process.env['GITHUB_ACTIONS'] = 'true';
    annotate(Array.from({ length: 11 }, (_, n) => remark('error', `e${n}`)));
    expect(printed.split('\n').slice(9)).toEqual(['::error title=gate::e9', 'error: gate: e10', '']);
  });

  test('a terminal gets sentences', () => {
    annotate([remark('error', 'bad', { file: 'nginx.conf', line: 3 }), remark('notice', 'hm', { file: 'x' })]);
    expect(printed).toBe('error: gate: bad (nginx.conf:3)\nnotice: gate: hm (x)\n');
  });
});

describe('the job summary', () => {
  test('a terminal has none', async () => {
    await expect(writeSummary(['a'], 'cut')).resolves.toBe('absent');
  });

  test('it is appended to what the step wrote before', async () => {
    const path = await runnerFile('GITHUB_STEP_SUMMARY', 'before\n');
    await expect(writeSummary(['a', 'b'], 'cut')).resolves.toBe('written');
    await expect(readFile(path, 'utf8')).resolves.toBe('before\na\n\nb\n');
  });

  test.each([
    { name: 'to the byte it is whole', first: MIB - 5, expected: MIB, end: 'é\n' },
    {
      name: 'one byte more and a section goes',
      first: MIB - 13,
      expected: MIB - 13 + '\n\ncut\n'.length,
      end: 'cut\n',
      more: 'é'.repeat(9),
    },
    { name: 'what stands there already counts', first: MIB - 8, expected: MIB, end: 'cut\n', before: 'xyz\n' },
  ])('1 MiB: $name', async ({ first, expected, end, more = 'é', before = '' }) => {
    const path = await runnerFile('GITHUB_STEP_SUMMARY', before);
    await writeSummary(['a'.repeat(first), more], 'cut');
    const text = await readFile(path);
    expect({ bytes: text.length, end: text.toString('utf8').slice(-end.length) }).toEqual({ bytes: expected, end });
  });

  test('a file that cannot be written fails nothing', async () => {
    process.env['GITHUB_STEP_SUMMARY'] = room;
    const said: string[] = [];
    const log = createLog({ write: (text) => said.push(text), onRunner: false });
    await expect(writeSummary(['a'], 'cut', log)).resolves.toBe('failed');
    expect(said.join('')).toContain('The job summary could not be written');
  });
});

describe('the event', () => {
  test('is read from the file that the runner names', async () => {
    await runnerFile('GITHUB_EVENT_PATH', JSON.stringify({ pull_request: { number: 7 } }));
    process.env['GITHUB_REPOSITORY'] = 'octo-org/shop';
    await expect(readEvent()).resolves.toMatchObject({ pullRequest: 7, note: null });
  });

  test.each([
    { name: 'no file is named', path: null },
    { name: 'the file is not there', path: '/nowhere/event.json' },
  ])('$name', async ({ path }) => {
    if (path !== null) process.env['GITHUB_EVENT_PATH'] = path;
    await expect(readEvent()).resolves.toMatchObject({ pullRequest: null });
  });
});
