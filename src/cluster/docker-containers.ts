import { containerOptions, limitOptions } from './docker-container-options';
import type { DockerConnection } from './docker-connection';
import { describeContainer } from './docker-descriptions';
import { openStream } from './docker-dial';
import { drain } from './docker-log-stream';
import type { Engine } from './engine';
import { EngineError } from './engine';

type ContainerVerbs = Pick<
  Engine,
  | 'createContainer'
  | 'startContainer'
  | 'stopContainer'
  | 'killContainer'
  | 'pauseContainer'
  | 'unpauseContainer'
  | 'updateLimits'
  | 'removeContainer'
  | 'inspectContainer'
  | 'renameContainer'
  | 'listProcesses'
  | 'waitContainer'
>;

/** Signals that end a process unless it catches them: where nothing runs, their purpose is fulfilled. */
const ENDING_SIGNALS: ReadonlySet<string> = new Set(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGQUIT']);

/** Arguments for the `ps` of the engine's host; the engine cuts each line into as many columns as the head has. */
const PROCESS_COLUMNS = '-eo pid,args';

/** The verbs for a container's life. */
export function containerVerbs({ call, ensure }: DockerConnection): ContainerVerbs {
  return {
    createContainer: (request) =>
      call(`create container ${request.name}`, async (docker) => {
        const { id } = await docker.createContainer(containerOptions(request));
        return id;
      }),
    startContainer: (id) => ensure(`start container ${id}`, (docker) => docker.getContainer(id).start()),
    stopContainer: (id, graceSeconds) =>
      ensure(`stop container ${id}`, (docker) => docker.getContainer(id).stop({ t: graceSeconds })),
    killContainer: (id, signal) =>
      ensure(
        `send ${signal} to container ${id}`,
        (docker) => docker.getContainer(id).kill({ signal }),
        ({ words }) => ENDING_SIGNALS.has(signal) && words.includes('is not running'),
      ),
    pauseContainer: (id) =>
      ensure(
        `pause container ${id}`,
        (docker) => docker.getContainer(id).pause(),
        ({ words }) => words.includes('is already paused'),
      ),
    unpauseContainer: (id) =>
      ensure(
        `unpause container ${id}`,
        (docker) => docker.getContainer(id).unpause(),
        ({ words }) => words.includes('is not paused'),
      ),
    updateLimits: async (id, limits) => {
      await call(`limit container ${id}`, (docker) => docker.getContainer(id).update(limitOptions(limits)));
    },
    removeContainer: (id) =>
      ensure(
        `remove container ${id}`,
        (docker) => docker.getContainer(id).remove({ force: true, v: true }),
        ({ status, words }) => status === 404 || /removal of container .* is already in progress/.test(words),
      ),
    inspectContainer: async (id) =>
      describeContainer(await call(`inspect container ${id}`, (docker) => docker.getContainer(id).inspect())),
    renameContainer: async (id, name) => {
      await call(`rename container ${id} to ${name}`, (docker) => docker.getContainer(id).rename({ name }));
    },
    listProcesses: (id) =>
      call(`list the processes of container ${id}`, async (docker) => {
        // dockerode does not describe the answer.
        const answer = (await docker.getContainer(id).top({ ps_args: PROCESS_COLUMNS })) as {
          readonly Processes: readonly (readonly string[])[] | null;
        };
        // null where the last process is just going.
        return (answer.Processes ?? []).map(([pid, ...words]) => ({
          pid: Number(pid),
          command: words.join(' '),
        }));
      }),
    waitContainer: (id, signal) => waitContainer(id, signal, call),
  };
}

/** dockerode's own wait would never settle if the engine went away meanwhile (see {@link openStream}). */
function waitContainer(id: string, signal: AbortSignal, call: DockerConnection['call']): Promise<number> {
  return call(`wait for container ${id}`, async (docker) => {
    let answer = '';
    const sink = { write: (bytes: Buffer) => (answer += bytes.toString()), end: () => undefined };
    const path = `/containers/${encodeURIComponent(id)}/wait?` as const;
    await drain(await openStream(docker, 'POST', path, { condition: 'not-running' }, signal), sink, signal);
    if (signal.aborted) throw new EngineError('aborted', `Cannot wait for container ${id}: cancelled`);
    return exitCode(answer, id);
  });
}

function exitCode(answer: string, id: string): number {
  const { StatusCode: code, Error: trouble } = JSON.parse(answer) as {
    readonly StatusCode: number;
    readonly Error?: { readonly Message?: string } | null;
  };
  const words = trouble?.Message ?? '';
  if (words !== '') throw new EngineError('other', `Cannot wait for container ${id}: ${words}`);
  return code;
}
