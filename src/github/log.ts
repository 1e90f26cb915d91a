import { randomUUID } from 'node:crypto';
import { escapeLogLine, escapeLogLines, stopCommandsBlock } from './log-text';

/** The step's log. Nothing written through it is taken for a workflow command. */
export interface Log {
  /** One message, of one line or several. */
  line(text: string): void;
  /** Text that others wrote (an application's log, NGINX's message), kept apart from workflow commands. */
  foreign(text: string): void;
  /** Folds what `work` logs under a title, and says afterwards how long it took. The runner has no nested groups:
   * inside another group the title is a plain line. */
  group<T>(title: string, work: () => Promise<T>): Promise<T>;
}

/** What a log needs from outside. */
export interface LogPorts {
  /** Takes whole lines, each with its line end. */
  readonly write: (text: string) => void;
  /** Milliseconds on a clock that never goes back. */
  readonly now: () => number;
  /** A new token that nobody can guess. */
  readonly token: () => string;
  /** True when a runner reads the log and understands workflow commands; false in a terminal. */
  readonly onRunner: boolean;
}

/** True when a GitHub Actions runner started this process. */
export function isOnRunner(env: Readonly<Record<string, string | undefined>> = process.env): boolean {
  return env['GITHUB_ACTIONS'] === 'true';
}

/**
 * The log of this step. It loads no package, so that the first line is out at once.
 * @param ports what to put in place of standard output, the process's clock, random tokens and the runner's presence.
 */
export function createLog(ports: Partial<LogPorts> = {}): Log {
  const { write, now, token, onRunner }: LogPorts = { ...realPorts(), ...ports };
  const say = (text: string): void => write(`${text}\n`);
  let open = 0;

  return {
    line: (text) => say(escapeLogLines(text).join('\n')),
    foreign: (text) => say(onRunner ? stopCommandsBlock(text, token()) : escapeLogLines(text).join('\n')),
    async group(title, work) {
      const name = escapeLogLine(title);
      const fold = onRunner && open === 0;
      const start = now();
      let ending = 'failed after';
      say(fold ? `::group::${name}` : `▸ ${name}`);
      open += 1;
      try {
        const result = await work();
        ending = 'done in';
        return result;
      } finally {
        open -= 1;
        if (fold) say('::endgroup::');
        say(`${name}: ${ending} ${seconds(now() - start)}`);
      }
    },
  };
}

/**
 * Whoever reads the log may be gone (`| head`, a runner that died). What a run has made still has to be removed, and Node ends a process by the error of
 * a stream that nobody listens for.
 */
function withoutReader(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}

function realPorts(): LogPorts {
  for (const stream of [process.stdout, process.stderr]) {
    if (!stream.listeners('error').includes(withoutReader)) stream.on('error', withoutReader);
  }
  return {
    write: (text) => void process.stdout.write(text),
    now: () => performance.now(),
    token: () => randomUUID(),
    onRunner: isOnRunner(),
  };
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
