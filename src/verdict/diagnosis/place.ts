import type { Spot } from '../../cluster/nginx/model';
import type { Directive } from '../../cluster/nginx/syntax';
import type { Case, Diagnosis } from './diagnosis';
import type { Change } from './diff';
import { diffOf } from './diff';
import { suited } from './shared-line';
import { writtenDirectives } from './written';

/** Where a diagnosis points that is about no line of a file. */
export const NOWHERE: Pick<Diagnosis, 'file' | 'line' | 'diff'> = { file: null, line: null, diff: null };

/** Where a diagnosis points, and the changes as a diff, when the place is in the file under test. */
export function placed(
  situation: Case,
  spot: Spot | null,
  change: Change | readonly Change[] | null,
): Pick<Diagnosis, 'file' | 'line' | 'diff'> {
  const { containerPath, workspacePath, text } = situation.config;
  const inFile = spot !== null && spot.file === containerPath;
  if (!inFile || workspacePath === null) return NOWHERE;
  const changes = (change === null ? [] : [change].flat()).filter(
    ({ kind, lines }) => kind === 'replace' || lines.length > 0,
  );
  const written = writtenDirectives(situation);
  const suitable = suited(
    text,
    written,
    changes.map((one) => outsideIf(one, written)),
  );
  return { file: workspacePath, line: spot.line, diff: suitable === null ? null : diffOf(text, ...suitable) };
}

/** Nearly nothing of what is added may stand in an `if`, and what stands before it holds in it (`NGX_HTTP_LIF_CONF` in NGINX's src/http/ngx_http_config.h). */
function outsideIf(change: Change, written: readonly Directive[]): Change {
  const around = written.findLast(
    ({ name, block, line }) =>
      name === 'if' && line < change.line && block?.some((one) => one.line === change.line) === true,
  );
  return around === undefined || change.kind === 'replace'
    ? change
    : { ...change, kind: 'insert-before', line: around.line };
}

/** A place in words: `nginx/default.conf:7`, or the container's path where the file is not the user's. */
export function placeName(situation: Case, spot: Spot): string {
  const { containerPath, workspacePath } = situation.config;
  const file = spot.file === containerPath && workspacePath !== null ? workspacePath : spot.file;
  return `${file}:${spot.line}`;
}
