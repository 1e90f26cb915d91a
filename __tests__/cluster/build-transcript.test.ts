import { describe, expect, test } from '@jest/globals';
import { BuildTranscript } from '../../src/cluster/build-transcript';

function read(output: string): ReturnType<BuildTranscript['failure']> {
  const transcript = new BuildTranscript();
  for (const line of output.trim().split('\n')) transcript.add(line);
  return transcript.failure();
}

const CLASSIC = `
DEPRECATED: The legacy builder is deprecated and will be removed in a future release.
            BuildKit is currently disabled; enable it by removing the DOCKER_BUILDKIT=0
            environment-variable.

Sending build context to Docker daemon  3.072kB
Step 1/3 : FROM debian
 ---> fe91cc5aae6a
Step 2/3 : RUN make all
 ---> Running in 4a1b
make: *** No rule to make target 'all'.  Stop.
The command '/bin/sh -c make all' returned a non-zero code: 2
`;

const BUILDX = `
#1 [internal] load build definition from Dockerfile
#1 transferring dockerfile: 100B done
#1 DONE 0.0s
#5 [2/3] RUN make all
#5 0.213 make: *** No rule to make target 'all'.  Stop.
#5 ERROR: process "/bin/sh -c make all" did not complete successfully: exit code: 2
------
 > [2/3] RUN make all:
0.213 make: *** No rule to make target 'all'.  Stop.
------
ERROR: failed to build: failed to solve: process "/bin/sh -c make all" did not complete successfully: exit code: 2
`;

const CACHE_EXPORT = `
#5 [2/3] RUN make all
#5 DONE 1.0s
#9 exporting to GitHub Actions Cache
#9 preparing build cache for export
#9 ERROR: error writing layer blob: failed to reserve cache
------
ERROR: failed to build: failed to solve: error writing layer blob: failed to reserve cache
`;

describe('why a build failed', () => {
  test.each([
    {
      name: 'classic builder',
      output: CLASSIC,
      step: 'RUN make all',
      cause: "The command '/bin/sh -c make all' returned a non-zero code: 2",
    },
    {
      name: 'buildx',
      output: BUILDX,
      step: '[2/3] RUN make all',
      cause:
        'ERROR: failed to build: failed to solve: process "/bin/sh -c make all" did not complete successfully: exit code: 2',
    },
    {
      name: 'a Dockerfile that does not parse',
      output: 'Error response from daemon: dockerfile parse error line 3: unknown instruction: FORM',
      step: null,
      cause: 'Error response from daemon: dockerfile parse error line 3: unknown instruction: FORM',
    },
    { name: 'no words at all', output: '', step: null, cause: null },
  ])('$name: step and cause', ({ output, step, cause }) => {
    expect(read(output)).toMatchObject({ step, cause, blamesCache: false });
  });

  test('the end of the output is shown without what says nothing', () => {
    expect(read(CLASSIC).lines).toEqual([
      'Step 1/3 : FROM debian',
      'Step 2/3 : RUN make all',
      "make: *** No rule to make target 'all'.  Stop.",
      "The command '/bin/sh -c make all' returned a non-zero code: 2",
    ]);
  });

  test('memory is bounded, and a step is remembered past it', () => {
    const noise = Array.from({ length: 5000 }, (_, index) => `compiling ${index} ${'x'.repeat(2000)}`);
    const { step, cause, lines } = read(['Step 2/3 : RUN make', 'an early error', ...noise].join('\n'));
    expect(step).toBe('RUN make');
    expect(cause).toBeNull();
    expect(lines).toHaveLength(20);
    expect(lines.every((line) => line.length <= 500)).toBe(true);
  });
});

describe('whether the cache is to blame', () => {
  test.each([
    ['an export that fails', CACHE_EXPORT, true],
    ['a driver that has none', 'ERROR: Cache export is not supported for the docker driver.', true],
    ['an unknown exporter', 'ERROR: failed to build: failed to solve: unknown cache exporter: "x"', true],
    ['a step about caches', BUILDX.replaceAll('make all', 'make cache export'), false],
    ['a build that fails beside it', `${CACHE_EXPORT}${BUILDX}`, false],
  ])('%s: %p', (_, output, blamesCache) => {
    expect(read(output).blamesCache).toBe(blamesCache);
  });
});
