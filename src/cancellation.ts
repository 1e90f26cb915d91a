import type { Log } from './github/log';

/** The means to stop a run from outside. */
export interface Cancellation {
  /** Aborts on the first signal. */
  readonly signal: AbortSignal;
  /** Lets the signals do what they do by default again. */
  readonly done: () => void;
}

/** A runner that cancels a job sends SIGINT, SIGTERM 7.5 s later, and kills after 2.5 s more (actions/runner, ProcessInvoker). */
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Turns the signals with which a runner cancels a job into an abort, so that the run can still clean up and report. */
export function cancelOnSignals(process: NodeJS.Process, log: Log): Cancellation {
  const controller = new AbortController();
  const cancel = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) return;
    log.line(`${name}: cancelling, and removing what was created`);
    controller.abort(new Error(`cancelled by ${name}`));
  };
  for (const name of SIGNALS) process.on(name, cancel);
  return {
    signal: controller.signal,
    done: () => {
      for (const name of SIGNALS) process.off(name, cancel);
    },
  };
}
