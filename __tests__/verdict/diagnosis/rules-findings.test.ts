import { describe, expect, test } from '@jest/globals';
import type { Probe, ScenarioEvidence } from '../../../src/checks/evidence';
import { SECRET_FILE_PROBE } from '../../../src/checks/evidence';
import type { ImageStart } from '../../../src/cluster/engine';
import { configOf, diagnosed, edits, explained } from '../../support/diagnosed';
import { rotationEvidence } from '../../support/evidence';
import { calmRollout, rolloutEvidence } from '../../support/rollout-evidence';

const probe = (id: string, seen = 'it is so', subject = 'app1, app2'): Probe => ({
  id,
  subject,
  claim: '',
  seen,
  holds: false,
});

function asked(check: 'isolation' | 'hardening' | 'limits', ...probes: readonly Probe[]): ScenarioEvidence {
  return { ...rotationEvidence([]), name: check, check, probes };
}

interface Told {
  readonly id: string;
  readonly line: number | null;
  readonly edits: readonly string[];
  readonly fix: string;
}

/** What is told of a finding on an image built from this Dockerfile. */
function told(found: Probe, lines: readonly string[], target: string | null = null): Told {
  const dockerfile = { path: 'shop/Dockerfile', text: `${lines.join('\n')}\n`, target };
  const diagnoses = diagnosed(configOf(), [asked('hardening', found)], { dockerfile });
  const [one] = diagnoses;
  if (one === undefined || diagnoses.length > 1) throw new Error('one diagnosis a finding');
  expect(one.file).toBe(one.line === null ? null : 'shop/Dockerfile');
  return { id: one.id, line: one.line, edits: edits(one), fix: one.fix };
}

describe('each kind of finding', () => {
  const kinds = {
    isolation: {
      'fabric-internal': 'fabric-open',
      'fabric-closed': 'fabric-open',
      'replica-unpublished': 'replica-exposed',
      'replica-fabric-only': 'replica-exposed',
      'replica-hidden': 'replica-exposed',
      'nginx-loopback': 'nginx-exposed',
      'nginx-hidden': 'nginx-exposed',
      hostname: 'hostname-unreachable',
    },
    hardening: {
      'non-root': 'root-user',
      'read-only-root': 'root-writable',
      'write-fails': 'root-writable',
      'no-capabilities': 'capabilities-left',
      'no-new-privileges': 'new-privileges',
      'no-engine-socket': 'engine-socket',
      'no-secret-in-image': 'secret-in-image',
      'no-secret-in-history': 'secret-in-image',
      'health-check': 'health-check-fails',
      'ends-on-sigterm': 'sigterm-ignored',
    },
    limits: {
      'cpu-limit': 'limit-not-in-force',
      'memory-limit': 'limit-not-in-force',
      'pids-limit': 'limit-not-in-force',
      'forker-refused': 'limit-not-in-force',
      'cpu-burner-errors': 'noisy-neighbour',
      'cpu-burner-wait': 'noisy-neighbour',
      'memory-eater-errors': 'noisy-neighbour',
      'memory-eater-wait': 'noisy-neighbour',
    },
  } as const;
  const rows = (['isolation', 'hardening', 'limits'] as const).flatMap((check) =>
    Object.entries(kinds[check]).map(([id, diagnosis]) => ({ check, id, diagnosis })),
  );

  test.each(rows)('$id: $diagnosis', ({ check, id, diagnosis }) => {
    const metric = { isolation: 'isolation.leaks', hardening: 'hardening.findings', limits: 'limits.findings' }[check];
    const gates = explained(diagnosed(configOf(), [asked(check, probe(id))])).filter(
      (one) => !/lag|baseline/.test(one),
    );
    expect(gates).toEqual([`${diagnosis}: ${metric}`]);
  });

  test('that held, or could not be asked, is no finding', () => {
    const others = [
      { ...probe('non-root'), holds: true },
      { ...probe('no-engine-socket'), holds: null },
    ];
    expect(explained(diagnosed(configOf(), [asked('hardening', probe('write-fails'), ...others)]))).toEqual([
      'root-writable: hardening.findings',
    ]);
    expect(diagnosed(configOf(), [asked('hardening', ...others)])).toEqual([]);
  });

  test('one that nobody knows is not passed over', () => {
    expect(explained(diagnosed(configOf(), [asked('hardening', probe('never-heard-of'))]))).toEqual([
      'unexplained: hardening.findings',
    ]);
  });

  test('two kinds are two causes, of all whom they are about', () => {
    const findings = [
      probe('non-root', 'sh runs'),
      probe('write-fails', 'written', 'app2'),
      probe('read-only-root', 'writable', 'app3, app2'),
    ];
    const diagnoses = diagnosed(configOf(), [asked('hardening', ...findings)]);
    expect(diagnoses.map(({ id, evidence }) => [id, evidence])).toEqual([
      ['root-user', 'app1, app2: sh runs.'],
      ['root-writable', 'app2: written; app3, app2: writable.'],
    ]);
    expect(diagnoses[1]?.cause).toMatch(/of app2 and app3 can/);
  });

  test('of an image that was not built here has no place', () => {
    expect(diagnosed(configOf(), [asked('hardening', probe('non-root'))])).toMatchObject([
      { id: 'root-user', file: null, line: null, diff: null },
    ]);
  });
});

describe('of the version that a rolling update deployed', () => {
  const dockerfile = { path: 'Dockerfile', text: 'FROM alpine\nARG WHO=10001\nUSER ${WHO}\n', target: null };
  const deployed = (
    promisedBy: 'rollout-build-args' | 'rollout-image',
    ...probes: readonly Probe[]
  ): ScenarioEvidence => rolloutEvidence(calmRollout(), { promisedBy }, { probes });

  test('a finding says that it is, and has its place in the Dockerfile that both were built from', () => {
    const scenarios = [asked('hardening'), deployed('rollout-build-args', probe('non-root'))];
    expect(diagnosed(configOf(), scenarios, { dockerfile })).toMatchObject([
      {
        ...{ id: 'root-user', gates: ['hardening.findings'], file: 'Dockerfile', line: 3 },
        cause: expect.stringMatching(/^In the new version \(shop:2\): The app runs as root/) as unknown,
        evidence: 'After the rolling update from shop:1: app1, app2: it is so.',
      },
    ]);
  });

  test('has no place where that is another image altogether', () => {
    const scenarios = [asked('hardening'), deployed('rollout-image', probe('ends-on-sigterm'))];
    const [first] = diagnosed(configOf(), scenarios, { dockerfile });
    expect(first).toMatchObject({ id: 'sigterm-ignored', file: null, diff: null });
  });

  test('what is found of both is told once, and a variable of one is not that of the other', () => {
    const both = [probe('non-root'), probe('no-secret-in-image', 'it looks like one', 'OLD_TOKEN')];
    const own = probe('no-secret-in-image', 'it looks like one', 'NEW_TOKEN');
    const diagnoses = diagnosed(configOf(), [asked('hardening', ...both), deployed('rollout-image', ...both, own)]);
    expect(diagnoses.map(({ id, cause }) => [id, cause.startsWith('In the new version')])).toEqual([
      ['root-user', false],
      ['secret-in-image', false],
      ['secret-in-image', true],
    ]);
    expect(diagnoses[2]?.cause).toMatch(/carries NEW_TOKEN in/);
  });
});

describe('a process that runs as root', () => {
  const root = probe('non-root');
  const USER = 'USER 10001:10001';
  test.each([
    { what: 'no user: before the command', lines: ['FROM a', 'RUN b', 'CMD ["c"]'], line: 3, edit: [`+ ${USER}`] },
    { what: 'no user and no command: at the end', lines: ['FROM a', 'RUN b \\', '  c'], line: 1, edit: [`+ ${USER}`] },
    { what: 'root by name', lines: ['FROM a', 'USER root', 'CMD ["c"]'], line: 2, edit: ['- USER root', `+ ${USER}`] },
    { what: 'root by number and group', lines: ['FROM a', 'USER 0:0'], line: 2, edit: ['- USER 0:0', `+ ${USER}`] },
    {
      what: 'root in the end',
      lines: ['FROM a', 'USER app', 'USER root'],
      line: 3,
      edit: ['- USER root', `+ ${USER}`],
    },
    {
      what: 'whoever a variable says, which has to say another',
      lines: ['FROM a', 'USER ${WHO}'],
      line: 2,
      edit: [],
    },
    { what: 'somebody else: not from here', lines: ['FROM a', 'USER root', 'USER app'], line: null, edit: [] },
    { what: 'somebody whose name begins alike', lines: ['FROM a', 'USER rootless'], line: null, edit: [] },
    {
      what: 'a user of another stage',
      lines: ['FROM a AS x', 'USER app', 'FROM b', 'CMD ["c"]'],
      line: 4,
      edit: [`+ ${USER}`],
    },
    {
      what: 'a user of the stage below',
      lines: ['FROM a AS x', 'USER root', 'FROM x', 'CMD ["c"]'],
      line: 2,
      edit: ['- USER root', `+ ${USER}`],
    },
    {
      what: 'root inside a here-document',
      lines: ['FROM a', 'RUN <<EOF', 'USER app', 'EOF', 'CMD ["c"]'],
      line: 5,
      edit: [`+ ${USER}`],
    },
  ])('$what', ({ lines, line, edit }) => {
    expect(told(root, lines)).toMatchObject({ id: 'root-user', line, edits: edit });
  });

  test('the stage that was built counts', () => {
    const lines = ['FROM a AS app', 'USER root', 'FROM app AS test', 'USER tester'];
    expect(told(root, lines, 'app')).toMatchObject({ line: 2 });
    expect(told(root, lines)).toMatchObject({ line: null });
  });

  test('a comment above the command stays with it', () => {
    const lines = ['FROM a', 'RUN b', '# what runs', 'CMD ["c"]'];
    const dockerfile = { path: 'Dockerfile', text: `${lines.join('\n')}\n`, target: null };
    const [one] = diagnosed(configOf(), [asked('hardening', root)], { dockerfile });
    expect(one?.diff).toBe(
      ['@@ -1,4 +1,5 @@', ' FROM a', ' RUN b', `+${USER}`, ' # what runs', ' CMD ["c"]'].join('\n'),
    );
  });

  test('no change is shown that would show a secret beside it', () => {
    const dockerfile = { path: 'Dockerfile', text: 'FROM a\nENV TOKEN=hunter2\nCMD ["c"]\n', target: null };
    const findings = [root, probe('no-secret-in-image', 'TOKEN looks like one (not shown)', 'TOKEN')];
    const diagnoses = diagnosed(configOf(), [asked('hardening', ...findings)], { dockerfile });
    expect(diagnoses.map(({ id, line, diff }) => [id, line, diff])).toEqual([
      ['root-user', 3, null],
      ['secret-in-image', 2, null],
    ]);
    expect(JSON.stringify(diagnoses)).not.toContain('hunter2');
  });
});

describe('a secret in the image', () => {
  const token = probe('no-secret-in-image', 'TOKEN looks like one (not shown)', 'TOKEN');
  test.each([
    { what: 'on a line of its own', lines: ['FROM a', 'ENV TOKEN=x'], line: 2 },
    { what: 'in the old form', lines: ['FROM a', 'ENV TOKEN x y'], line: 2 },
    { what: 'among others, over lines', lines: ['FROM a', 'ENV A=1 \\', '    TOKEN=x'], line: 2 },
    { what: 'the last one counts', lines: ['FROM a', 'ENV TOKEN=x', 'ENV TOKEN=y'], line: 3 },
    { what: 'in the stage below', lines: ['FROM a AS x', 'ENV TOKEN=x', 'FROM x'], line: 2 },
    { what: 'not of another stage', lines: ['FROM a AS x', 'ENV TOKEN=x', 'FROM b'], line: null },
    { what: 'not a longer name', lines: ['FROM a', 'ENV MY_TOKEN=x TOKEN_FILE=y'], line: null },
    { what: 'not the value of another', lines: ['FROM a', 'ENV A TOKEN=x'], line: null },
    { what: 'not an argument of the build', lines: ['FROM a', 'ARG TOKEN=x'], line: null },
  ])('$what', ({ lines, line }) => {
    expect(told(token, lines)).toMatchObject({ id: 'secret-in-image', line, edits: [] });
  });
});

describe('a secret in the history of the image', () => {
  const token = probe('no-secret-in-history', 'TOKEN, an argument of the build, looks like one (not shown)', 'TOKEN');
  test.each([
    { what: 'given from outside', lines: ['FROM a', 'ARG TOKEN', 'RUN b'], line: 2 },
    { what: 'with a default, among others', lines: ['FROM a', 'ARG A=1 TOKEN=hunter2', 'RUN b'], line: 2 },
    { what: 'not of another stage', lines: ['FROM a AS x', 'ARG TOKEN', 'FROM b'], line: null },
    { what: 'not a variable of the environment', lines: ['FROM a', 'ENV TOKEN=x'], line: null },
  ])('$what', ({ lines, line }) => {
    expect(told(token, lines)).toMatchObject({ id: 'secret-in-image', line, edits: [] });
  });
});

describe('a file of the image that holds a secret', () => {
  const env = probe(SECRET_FILE_PROBE, 'it holds TOKEN (not shown)', '/app/conf/.env');
  const key = probe(SECRET_FILE_PROBE, 'it holds a private key (not shown)', '/app/id_rsa');
  const FROM = ['FROM a', 'WORKDIR /app'];
  interface Build {
    readonly lines: readonly string[];
    readonly ignored?: string | null;
  }
  const diagnoses = (found: readonly Probe[], { lines, ignored }: Build): ReturnType<typeof diagnosed> => {
    const ignore = ignored === undefined ? {} : { ignore: { path: 'shop/.dockerignore', text: ignored } };
    const dockerfile = {
      path: 'shop/Dockerfile',
      text: `${[...FROM, ...lines].join('\n')}\n`,
      target: null,
      ...ignore,
    };
    return diagnosed(configOf(), [asked('hardening', ...found)], { dockerfile });
  };

  test('that came with its folder is left out by .dockerignore', () => {
    const [one] = diagnoses([env], { lines: ['COPY . .', 'CMD ["c"]'], ignored: '*.md\n.git\n' });
    expect(one).toMatchObject({
      ...{ id: 'secret-file-in-image', gates: ['hardening.secret-files'], file: 'shop/.dockerignore', line: 2 },
      cause: 'shop/Dockerfile:3 copies /app/conf/.env into the image: everybody who can pull the image can read it.',
      evidence: '/app/conf/.env: it holds TOKEN (not shown).',
      diff: ['@@ -1,2 +1,3 @@', ' *.md', ' .git', '+**/.env'].join('\n'),
    });
  });

  test.each([
    {
      what: 'where there is no such file',
      ignored: null,
      fix: /^Make a file `shop\/.dockerignore` that says `\*\*\/.env`;/,
    },
    { what: 'where nobody knows', ignored: undefined, fix: /^Keep it out by a `.dockerignore` that says/ },
    { what: 'where it is empty', ignored: '', fix: /^Add `\*\*\/.env` to `shop\/.dockerignore`;/ },
  ])('is left out in words $what', ({ ignored, fix }) => {
    const [one] = diagnoses([env], { lines: ['COPY src/ /app/'], ...(ignored === undefined ? {} : { ignored }) });
    expect(one).toMatchObject({
      file: 'shop/Dockerfile',
      line: 3,
      diff: null,
      fix: expect.stringMatching(fix) as unknown,
    });
  });

  test.each([
    { path: '/app/.git/config', line: '+**/.git' },
    { path: '/app/a/.aws/credentials', line: '+**/.aws' },
    { path: '/app/server.key', line: '+**/server.key' },
    { path: '/app/a*[b].key', line: null },
  ])('$path', ({ path, line }) => {
    const [one] = diagnoses([{ ...env, subject: path }], { lines: ['COPY . /app'], ignored: 'a\n' });
    expect(one?.diff?.split('\n').at(-1) ?? null).toBe(line);
  });

  test.each([
    { what: 'alone', lines: ['COPY id_rsa .'], edit: ['- COPY id_rsa .'] },
    { what: 'over lines', lines: ['COPY id_rsa \\', '  ./'], edit: ['- COPY id_rsa \\', '- ./'] },
    { what: 'by another name', lines: ['COPY deploy /app/id_rsa'], edit: ['- COPY deploy /app/id_rsa'] },
    { what: 'among others', lines: ['COPY app.py id_rsa ./'], edit: [] },
    { what: 'as an argument of the build says', lines: ['COPY ${KEY} ./'], edit: [] },
  ])('that an instruction names is taken out of it: $what', ({ lines, edit }) => {
    const [one] = diagnoses([key], { lines, ignored: 'a\n' });
    expect(one).toMatchObject({
      file: 'shop/Dockerfile',
      line: 3,
      fix: expect.stringMatching(/^Take it out/) as unknown,
    });
    expect(one?.diff === null || one === undefined ? [] : edits(one)).toEqual(edit);
  });

  test('that another stage has is not copied from there', () => {
    const [one] = diagnoses([env], { lines: ['COPY --from=x / /app'], ignored: 'a\n' });
    expect(one).toMatchObject({
      line: 3,
      diff: null,
      fix: expect.stringMatching(/^Copy from that stage only/) as unknown,
    });
  });

  test('is told with those that came the same way, and apart from others', () => {
    const lines = ['COPY . .', 'COPY id_rsa .'];
    const found = [env, { ...env, subject: '/app/b.env' }, key, { ...env, subject: '/root/.netrc' }];
    expect(diagnoses(found, { lines, ignored: 'a\n' }).map(({ file, cause }) => [file, cause])).toEqual([
      ['shop/.dockerignore', expect.stringContaining('copies /app/conf/.env and /app/b.env into')],
      ['shop/Dockerfile', expect.stringContaining(':4 copies /app/id_rsa into')],
      [null, 'The image carries /root/.netrc: everybody who can pull the image can read it.'],
    ]);
  });

  test('wherever a variable leads', () => {
    expect(diagnoses([env], { lines: ['COPY . $HOME'], ignored: null })).toMatchObject([{ line: 3 }]);
    expect(diagnoses([env], { lines: ['COPY a $HOME'], ignored: null })).toMatchObject([{ line: null }]);
  });

  test('is no finding among the rules, and they are none of it', () => {
    const told = diagnosed(configOf(), [asked('hardening', env, probe('non-root'))]);
    expect(explained(told)).toEqual(['root-user: hardening.findings', 'secret-file-in-image: hardening.secret-files']);
  });

  test('is told of the new version where the old one has it not', () => {
    const deployed = rolloutEvidence(calmRollout(), { promisedBy: 'rollout-image' }, { probes: [env, key] });
    const told = diagnosed(configOf(), [asked('hardening', env), deployed]);
    expect(told.map(({ cause }) => cause)).toEqual([
      expect.stringContaining('The image carries /app/conf/.env'),
      expect.stringMatching(/^In the new version \(shop:2\): The image carries \/app\/id_rsa/),
    ]);
  });
});

describe('an app that does not end', () => {
  const killed = (first: string | null, argv: readonly string[] = [], image: Partial<ImageStart> = {}): Probe => ({
    ...probe('ends-on-sigterm', 'it did not end and was killed after 10 s', 'app1'),
    start: {
      first: first === null ? null : { name: first, argv },
      image: { entrypoint: [], cmd: [], stopSignal: null, ...image },
    },
  });
  test.each([
    {
      what: 'a shell',
      first: 'sh',
      lines: ['FROM a', 'CMD python app.py'],
      id: 'shell-form-command',
      line: 2,
      edit: ['- CMD python app.py', '+ CMD ["python", "app.py"]'],
    },
    {
      what: 'a shell, as far as can be seen',
      first: null,
      lines: ['FROM a', 'CMD python app.py'],
      id: 'shell-form-command',
      line: 2,
      edit: ['- CMD python app.py', '+ CMD ["python", "app.py"]'],
    },
    {
      what: 'a shell that hands over',
      first: 'sh',
      lines: ['FROM a', 'CMD exec python app.py'],
      id: 'shell-form-command',
      line: 2,
      edit: ['- CMD exec python app.py', '+ CMD ["python", "app.py"]'],
    },
    {
      what: 'a shell that is needed',
      first: 'bash',
      lines: ['FROM a', 'CMD a && b'],
      id: 'shell-form-command',
      line: 2,
      edit: [],
    },
    {
      what: 'a shell, over two lines',
      first: 'sh',
      lines: ['FROM a', 'CMD python \\', '  app.py'],
      id: 'shell-form-command',
      line: 2,
      edit: [],
    },
    {
      what: 'a shell, as a list',
      first: 'sh',
      lines: ['FROM a', 'CMD ["/bin/sh", "-c", "python app.py"]'],
      id: 'shell-form-command',
      line: 2,
      edit: ['- CMD ["/bin/sh", "-c", "python app.py"]', '+ CMD ["python", "app.py"]'],
    },
    {
      what: 'who knows what',
      first: null,
      lines: ['FROM a', 'CMD ["python", "app.py"]'],
      id: 'sigterm-ignored',
      line: 2,
      edit: [],
    },
    {
      what: 'a script',
      first: 'dash',
      lines: ['FROM a', 'CMD ["./start.sh"]'],
      id: 'script-without-exec',
      line: 2,
      edit: [],
    },
    {
      what: 'a shell that gets SIGKILL',
      first: 'sh',
      lines: ['FROM a', 'STOPSIGNAL SIGKILL', 'CMD a && b'],
      id: 'stop-signal',
      line: 2,
      edit: ['- STOPSIGNAL SIGKILL', '+ STOPSIGNAL SIGTERM'],
    },
    {
      what: 'the app itself',
      first: 'python',
      lines: ['FROM a', 'CMD python app.py'],
      id: 'sigterm-ignored',
      line: 2,
      edit: [],
    },
    {
      what: 'the app itself, which gets another signal',
      first: 'python',
      lines: ['FROM a', 'STOPSIGNAL SIGQUIT', 'CMD ["x"]'],
      id: 'stop-signal',
      line: 2,
      edit: ['- STOPSIGNAL SIGQUIT', '+ STOPSIGNAL SIGTERM'],
    },
    {
      what: 'the app itself, which gets the usual signal',
      first: 'python',
      lines: ['FROM a', 'STOPSIGNAL 15', 'CMD ["x"]'],
      id: 'sigterm-ignored',
      line: 3,
      edit: [],
    },
    {
      what: 'an app with a name like a shell',
      first: 'fish-shop',
      lines: ['FROM a', 'CMD ["x"]'],
      id: 'sigterm-ignored',
      line: 2,
      edit: [],
    },
    {
      what: 'an entrypoint rules',
      first: 'sh',
      lines: ['FROM a', 'ENTRYPOINT serve now', 'CMD ["x"]'],
      id: 'shell-form-command',
      line: 2,
      edit: ['- ENTRYPOINT serve now', '+ ENTRYPOINT ["serve", "now"]'],
    },
    {
      what: 'the last command rules',
      first: 'sh',
      lines: ['FROM a', 'CMD x', 'CMD y'],
      id: 'shell-form-command',
      line: 3,
      edit: ['- CMD y', '+ CMD ["y"]'],
    },
    {
      what: 'a command from elsewhere',
      first: 'sh',
      lines: ['FROM a', 'RUN b'],
      id: 'sigterm-ignored',
      line: null,
      edit: [],
    },
  ])('$what is the first process', ({ first, lines, id, line, edit }) => {
    expect(told(killed(first), lines)).toMatchObject({ id, line, edits: edit });
  });

  test('an app that ends on Ctrl+C can be told to end by that', () => {
    const found = killed('python');
    const tried = {
      ...found,
      start: { ...found.start, onSigint: 'app2 ended 0.2 s after SIGINT with exit code 0' },
    } as Probe;
    expect(told(tried, ['FROM a', 'USER 1', 'CMD ["python", "app.py"]'])).toMatchObject({
      ...{ id: 'sigterm-ignored', line: 3, edits: ['+ STOPSIGNAL SIGINT'] },
      fix: expect.stringMatching(/^Say `STOPSIGNAL SIGINT` .* was tried \(app2 ended 0\.2 s after/) as unknown,
    });
    // Where a shell is in the way, the app itself was not asked.
    expect(
      told({ ...tried, start: { ...tried.start, first: { name: 'sh', argv: [] } } } as Probe, ['FROM a', 'CMD x']),
    ).toMatchObject({
      id: 'shell-form-command',
    });
  });

  test('a script of the base image gets the command for its arguments', () => {
    const found = killed('start', ['/bin/sh', '/start', 'python', 'app.py'], { entrypoint: ['/start'] });
    expect(told(found, ['FROM a', 'CMD ["python", "app.py"]'])).toMatchObject({
      id: 'script-without-exec',
      line: null,
    });
    const handedOver = killed('sh', ['/bin/sh', '-c', 'a && b'], { entrypoint: ['/start'] });
    expect(told(handedOver, ['FROM a', 'CMD a && b'])).toMatchObject({ id: 'shell-form-command', line: 2 });
  });

  describe('in an image that was not built here', () => {
    interface Told {
      readonly what: string;
      readonly found: Probe;
      readonly id: string;
      readonly cause: RegExp;
      readonly fix: RegExp;
    }
    test.each<Told>([
      {
        what: 'its CMD is in shell form',
        found: killed('sh', ['/bin/sh', '-c', 'python app.py'], { cmd: ['/bin/sh', '-c', 'python app.py'] }),
        id: 'shell-form-command',
        cause: /^The image’s CMD is in shell form: a shell is PID 1/,
        fix: /^Change it to `CMD \["python", "app.py"\]` in the Dockerfile of that image\.$/,
      },
      {
        what: 'its ENTRYPOINT is in shell form, and does more than one thing',
        found: killed('sh', [], { entrypoint: ['bash', '-ec', 'prepare && serve'], cmd: ['x'] }),
        id: 'shell-form-command',
        cause: /^The image’s ENTRYPOINT is in shell form/,
        fix: /`ENTRYPOINT \["program", "argument"\]`/,
      },
      {
        what: 'its ENTRYPOINT is a script, which the kernel names by its file',
        found: killed('entrypoint', ['/bin/sh', '/entrypoint', 'serve'], {
          entrypoint: ['/entrypoint'],
          cmd: ['serve'],
        }),
        id: 'script-without-exec',
        cause: /^The image’s ENTRYPOINT starts a script that does not hand over/,
        fix: /`exec`/,
      },
      {
        what: 'its shell has handed over to the app',
        found: killed('python', ['python', 'app.py'], { cmd: ['/bin/sh', '-c', 'exec python app.py'] }),
        id: 'sigterm-ignored',
        cause: /^app1 does not end/,
        fix: /handle SIGTERM/,
      },
      {
        what: 'it says another signal',
        found: killed('python', ['python'], { cmd: ['python'], stopSignal: 'SIGQUIT' }),
        id: 'stop-signal',
        cause: /^STOPSIGNAL SIGQUIT of the image: /,
        fix: /^Say `STOPSIGNAL SIGTERM` in the Dockerfile of that image/,
      },
      {
        what: 'nothing is said of its start',
        found: killed('sh', ['sh']),
        id: 'sigterm-ignored',
        cause: /^app1 does not end/,
        fix: /handle SIGTERM/,
      },
    ])('$what', ({ found, id, cause, fix }) => {
      expect(diagnosed(configOf(), [asked('hardening', found)])).toMatchObject([
        {
          ...{ id, file: null, line: null, diff: null },
          cause: expect.stringMatching(cause) as unknown,
          fix: expect.stringMatching(fix) as unknown,
        },
      ]);
    });
  });
});
