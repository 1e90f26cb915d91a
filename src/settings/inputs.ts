import { buildArguments, environment } from './environment';
import { parseGates } from './gate-language';
import { requestHeaders } from './headers';
import { cacheEntries, someOf, weightList } from './lists';
import { buildTarget, commentKey, hostnamePattern, imageReference, requestHost, token, urlPath } from './names';
import { anyPath, relativePath, workspacePath } from './paths';
import { optional, type Reader } from './reading';
import { choice, decimalNumber, duration, memorySize, port, portOrAuto, wholeNumber, yesOrNo } from './scalars';
import {
  ALGORITHM_NAMES,
  CHECK_NAMES,
  DEFAULT_CHECKS,
  COMMENT_MODES,
  DEFAULT_FAULTS,
  FAULT_NAMES,
  HARDENING_MODES,
  PROFILE_NAMES,
} from './settings';

/** An input of the action. */
export interface Input<T> {
  /** Stands in where nothing is given; as in action.yml. */
  readonly default: string;
  readonly read: Reader<T>;
}

/** The greatest process number that Linux gives out: `PID_MAX_LIMIT` in include/linux/threads.h. */
const MOST_PIDS = 4_194_304;

/** Every input by its name in action.yml. */
export const INPUTS = {
  image: oneLine('', optional(imageReference)),
  context: oneLine(
    '.',
    workspacePath(
      'a folder inside the workspace, relative to it, such as `app`: what is tested is what was checked out',
    ),
  ),
  dockerfile: oneLine('', optional(relativePath('a path relative to `context`, such as `docker/app.Dockerfile`'))),
  target: oneLine('', optional(buildTarget)),
  'build-args': manyLines('', buildArguments),
  'cache-from': manyLines('', cacheEntries),
  'cache-to': manyLines('', cacheEntries),
  replicas: oneLine('3', wholeNumber(2, 16)),
  'hostname-pattern': oneLine('app{n}', hostnamePattern),
  'app-port': oneLine('5000', port),
  'app-env': manyLines('', environment),
  'health-path': oneLine('/', urlPath),
  'probe-path': oneLine('/', urlPath),
  host: oneLine('', optional(requestHost)),
  'request-headers': manyLines('', requestHeaders),
  'startup-timeout': oneLine('60s', duration),
  // Docker's own bounds: from 0.01 to the processors of the machine (moby, daemon/daemon_unix.go).
  cpus: oneLine('0.5', decimalNumber(0.01, 1024)),
  memory: oneLine('256m', memorySize),
  'pids-limit': oneLine('128', wholeNumber(1, MOST_PIDS)),
  hardening: oneLine('enforce', choice(HARDENING_MODES)),
  'nginx-image': oneLine('nginx:1.30.4-alpine', imageReference),
  'nginx-config': oneLine(
    '',
    optional(
      workspacePath('a file inside the workspace, relative to it, such as `nginx/default.conf`: the report quotes it'),
    ),
  ),
  algorithm: oneLine('round-robin', choice(ALGORITHM_NAMES)),
  weights: manyLines('', weightList),
  port: oneLine('auto', portOrAuto),
  checks: manyLines(DEFAULT_CHECKS.join(','), someOf(CHECK_NAMES)),
  faults: manyLines(DEFAULT_FAULTS.join(','), someOf(FAULT_NAMES)),
  'rollout-image': oneLine('', optional(imageReference)),
  'rollout-build-args': manyLines('', buildArguments),
  'baseline-image': oneLine('', optional(imageReference)),
  rate: oneLine('100', wholeNumber(1, 5000)),
  profile: oneLine('standard', choice(PROFILE_NAMES)),
  gates: manyLines('', parseGates),
  'on-inconclusive': oneLine('fail', choice(['fail', 'pass'])),
  // In action.yml an expression, which the runner fills in; left empty, the run has no token.
  'github-token': oneLine('', token),
  comment: oneLine('always', choice(COMMENT_MODES)),
  'comment-key': oneLine('', commentKey),
  'compare-with': oneLine('', optional(anyPath)),
  'report-dir': oneLine('', anyPath),
  'keep-cluster': oneLine('false', yesOrNo),
  seed: oneLine('', optional(wholeNumber(0, 4_294_967_295))),
} as const;

export type InputName = keyof typeof INPUTS;

/** What each input's text came to. */
export type InputValues = {
  readonly [Name in InputName]: (typeof INPUTS)[Name] extends Input<infer T> ? T : never;
};

/** The inputs' names, in the order of action.yml. */
export const INPUT_NAMES = Object.keys(INPUTS) as readonly InputName[];

/** Inputs that have a meaning only for the rolling update. */
export const ROLLOUT_INPUTS: readonly InputName[] = ['rollout-image', 'rollout-build-args', 'baseline-image'];

/** White space around the value, such as the line end that YAML's `|` leaves, is no part of it. */
function oneLine<T>(fallback: string, read: Reader<T>): Input<T> {
  return { default: fallback, read: (text) => read(text.trim()) };
}

/** The text is handed on as it is, so that the lines keep their numbers. */
function manyLines<T>(fallback: string, read: Reader<T>): Input<T> {
  return { default: fallback, read };
}
