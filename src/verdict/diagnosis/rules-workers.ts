import { attemptsOf, requestsOf, type SeenAttempt } from './calm';
import type { Rule } from './diagnosis';
import { brokenGates, metricsOf } from './diagnosis';
import { linesOf } from './last-words';
import { NOWHERE } from './place';
import { counted, listed } from './wording';

/**
 * How servers say that a worker process ends after so many requests: gunicorn (`max_requests`, workers/base.py and workers/sync.py), uvicorn
 * (`--limit-max-requests`, server.py), uWSGI (`max-requests`, core/uwsgi.c).
 */
const ENDS_ITSELF =
  /Autorestarting worker|Maximum request limit of \S+ exceeded|The work of (?:process|worker) \S+ is done/;
/** So many attempts that came to nothing are no accident. */
const LEAST = 3;
/** The part of all attempts which came to nothing on replicas that nobody broke that this has to explain. */
const PART = 0.5;
const LENGTH = 200;

/** Each replica has one worker, or next to none, and it ends itself now and then, to be started anew. */
export const workersEndThemselves: Rule = (situation) => {
  const gates = brokenGates(situation, 'errors', 'unsafe-errors');
  const failed = situation.scenarios
    .filter(({ check }) => check !== 'limits')
    .flatMap((scenario) =>
      attemptsOf(requestsOf(scenario)).filter(
        ({ replica, attempt }) => attempt.headerMs === null && replica !== scenario.fault?.victim,
      ),
    );
  const own = failed.filter((one) => wordsOf(one) !== null);
  const [first] = own;
  if (gates.length === 0 || first === undefined || own.length < LEAST || own.length < PART * failed.length) return null;
  const names = [...new Set(own.map(({ replica }) => replica))].sort();
  return {
    id: 'workers-end-themselves',
    gates: metricsOf(gates),
    cause:
      `The workers of ${listed(names)} end themselves after so many requests and are started anew: until then nobody, or hardly anybody, serves there, ` +
      'and what was just sent to them is lost. Where all replicas do so at about the same time, NGINX has none left.',
    evidence: `${counted(own.length, 'attempt')} on replicas that nobody broke came to nothing. ${first.replica} wrote: ${(wordsOf(first) ?? '').slice(0, LENGTH)}`,
    ...NOWHERE,
    fix:
      'Let each replica have more than one worker, and let them end at different times (gunicorn: `--workers 2 --max-requests-jitter 100`), load the app ' +
      'before workers are made (`--preload`), or leave the limit on requests out.',
  };
};

function wordsOf(attempt: SeenAttempt): string | null {
  return (
    linesOf(attempt)
      .find((line) => ENDS_ITSELF.test(line))
      ?.trim() ?? null
  );
}
