import type { ConfigTree } from './dump';
import { EVIDENCE_ACCESS_LOG, EVIDENCE_FILE, evidenceLogFormat } from './evidence-log';
import { named } from './effective';
import type { Directive } from './syntax';

/** A file to put into the container. */
export interface InstrumentedFile {
  /** Absolute, in the container. */
  readonly path: string;
  readonly content: string;
}

/** A stretch of a file's text and what replaces it; an insertion replaces nothing. */
interface Edit {
  readonly file: string;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The log that NGINX writes where nobody names one; the official image and Debian's build say so to `configure`. */
const DEFAULT_ACCESS_LOG = '/var/log/nginx/access.log';

/** Blocks inside `http` that may have an `access_log` of their own (ngx_http_log_module). */
const LOGGING_BLOCKS = new Set(['server', 'location', 'if', 'limit_except']);

/**
 * The files that make NGINX log evidence for each request that carries our header, once: the definition of the log, and
 * a copy of each file of the configuration that must differ. Every directive stays on its line; what the user logs
 * stays as it is. Put them into the container over the files that the tree was made of.
 *
 * An `access_log` cancels what its block would inherit, and `off` everything on its level (`ngx_http_log_handler` and
 * `ngx_http_log_merge_loc_conf` in NGINX's src/http/modules/ngx_http_log_module.c). So ours is put, on the same line,
 * behind the `{` of `http` and of each block inside it that has logs of its own; and where a level says `off`, its
 * user's logs are taken out instead. A configuration without an `http` block gets nothing.
 */
export function instrumentConfig(tree: ConfigTree): readonly InstrumentedFile[] {
  const http = named(tree.directives, 'http').find(({ block }) => block !== null);
  if (http === undefined) return [];
  const edits = [insertionInto(http, ` include ${EVIDENCE_FILE};`), ...silencing(http), ...editsInside(http)];
  const copies = [...tree.files].flatMap(([path, text]) => {
    const own = edits.filter(({ file }) => file === path);
    return own.length === 0 ? [] : [{ path, content: withEdits(text, own) }];
  });
  return [{ path: EVIDENCE_FILE, content: evidenceFile(http) }, ...copies];
}

/** A log on the level of `http` replaces NGINX's default one, which must then be named. */
function evidenceFile(http: Directive): string {
  const keepsDefault = named(http.block ?? [], 'access_log').length === 0;
  return [
    '# Logs what NGINX does with the requests of lb-cluster-action, and with no others.',
    evidenceLogFormat(),
    EVIDENCE_ACCESS_LOG,
    ...(keepsDefault ? [`access_log ${DEFAULT_ACCESS_LOG} combined;`] : []),
    '',
  ].join('\n');
}

function editsInside(parent: Directive): readonly Edit[] {
  return (parent.block ?? []).flatMap((child) => {
    if (!LOGGING_BLOCKS.has(child.name)) return [];
    const logsItself = named(child.block ?? [], 'access_log').length > 0;
    const own = logsItself ? [insertionInto(child, ` ${EVIDENCE_ACCESS_LOG}`), ...silencing(child)] : [];
    return [...own, ...editsInside(child)];
  });
}

/** Where one `access_log` of a level says `off`, none of the level writes anything: all are taken out. */
function silencing(block: Directive): readonly Edit[] {
  const logs = named(block.block ?? [], 'access_log');
  if (!logs.some(({ args }) => args[0] === 'off')) return [];
  return logs.map(({ file, start, end }) => ({ file, start, end, text: '' }));
}

function insertionInto({ file, start, blockStart }: Directive, text: string): Edit {
  const at = blockStart ?? start;
  return { file, start: at, end: at, text };
}

/** A file that is included twice has the same edit twice; it is made once. Line ends inside a stretch are kept. */
function withEdits(text: string, edits: readonly Edit[]): string {
  const byStart = new Map(edits.map((edit) => [`${edit.start}-${edit.end}`, edit]));
  const ordered = [...byStart.values()].toSorted((left, right) => left.start - right.start || left.end - right.end);
  let result = '';
  let done = 0;
  for (const edit of ordered) {
    const lineEnds = text.slice(edit.start, edit.end).replaceAll(/[^\n]/g, '');
    result += text.slice(done, edit.start) + edit.text + lineEnds;
    done = edit.end;
  }
  return result + text.slice(done);
}
