import { asWritten } from '../../cluster/nginx/journey';
import { complaintsOf, complaintText } from './complaints';
import type { Case, Rule } from './diagnosis';
import { brokenGates, listGates, metricsOf } from './diagnosis';
import type { Change } from './diff';
import { placed, placeName } from './place';
import { inForceOnRoute, replacedBy, writtenDirectives } from './written';

/** NGINX's `ngx_http_upstream_process_header` and `ngx_http_upstream_cache_send`, src/http/ngx_http_upstream.c. */
const TOO_BIG = /^upstream sent too big header/;
/** EMFILE, in whatever system call. */
const NO_FILES = /\(24: /;

/** A third of the room for the rest: NGINX wants the busy buffers to be smaller than all buffers but one (`ngx_http_proxy_merge_loc_conf`). */
const ROOM: Readonly<Record<string, string>> = {
  proxy_buffer_size: 'proxy_buffer_size 16k;',
  proxy_buffers: 'proxy_buffers 8 16k;',
  proxy_busy_buffers_size: 'proxy_busy_buffers_size 32k;',
};

/** What NGINX reads of an answer's header at a time does not hold it. */
export const headerTooBig: Rule = (situation) => {
  const { route } = situation.nginx;
  const gates = listGates(situation);
  const complaints = complaintsOf(situation.scenarios, TOO_BIG);
  if (route === null || gates.length === 0 || complaints.length === 0) return null;
  const [size] = inForceOnRoute(situation, 'proxy_buffer_size');
  const where = size === undefined ? 'by default' : `at ${placeName(situation, size)}`;
  return {
    id: 'header-too-big',
    gates,
    cause:
      `The replicas answer with a header that does not fit into one buffer (proxy_buffer_size, ${size?.args[0] ?? 'one memory page'} ` +
      `${where}), and NGINX takes that for no answer: a cookie, a token or a policy in it is long.`,
    evidence: complaintText(complaints).trim(),
    ...placed(situation, size ?? route.proxyPass, moreRoom(situation)),
    fix: `Give it more room: \`${Object.values(ROOM).slice(0, 2).join(' ')}\``,
  };
};

/** What is written goes in place of what was; the rest after `proxy_pass`. */
function moreRoom(situation: Case): readonly Change[] {
  const { route } = situation.nginx;
  if (route === null) return [];
  const written = Object.keys(ROOM).flatMap((name) => inForceOnRoute(situation, name));
  const missing = ['proxy_buffer_size', 'proxy_buffers'].filter((name) => written.every((one) => one.name !== name));
  return [
    ...written.map((one) => replacedBy(one, ROOM[one.name] ?? '')),
    { kind: 'insert-after', line: route.proxyPass.line, lines: missing.map((name) => ROOM[name] ?? '') },
  ];
}

/** A worker may not have as many files, and so connections, as its clients need. */
export const openFiles: Rule = (situation) => {
  const gates = metricsOf(brokenGates(situation, 'errors', 'unsafe-errors', 'coverage', 'stall'));
  const complaints = complaintsOf(situation.scenarios, NO_FILES);
  const limit = writtenDirectives(situation).find(({ name }) => name === 'worker_rlimit_nofile');
  if (limit === undefined || gates.length === 0 || complaints.length === 0) return null;
  const line = 'worker_rlimit_nofile 65535;';
  return {
    id: 'open-files',
    gates,
    cause:
      `${placeName(situation, limit)} lets a worker process have ${limit.args[0] ?? '?'} files open, and each connection, to a client ` +
      'or to a replica, is one; beyond them NGINX lets clients wait or answers 500.',
    evidence: complaintText(complaints).trim(),
    ...placed(situation, limit, replacedBy(limit, line)),
    fix: `Change it to \`${line}\`: more than twice worker_connections.`,
  };
};

/** What the kernel says of an address from which nothing goes there, or which the machine does not have (connect(2), bind(2)). */
const BAD_SENDER = /^(?:connect\(\).* \(22: Invalid argument\)|bind\(.*\) failed \(99: )/;

/** NGINX is told to send from an address from which it does not reach the replicas. */
export const sendsFromElsewhere: Rule = (situation) => {
  const gates = metricsOf(brokenGates(situation, 'errors', 'unsafe-errors', 'coverage', 'excess'));
  const [directive] = inForceOnRoute(situation, 'proxy_bind').filter(({ args }) => args[0] !== 'off');
  const complaints = complaintsOf(situation.scenarios, BAD_SENDER);
  if (directive === undefined || gates.length === 0 || complaints.length === 0) return null;
  return {
    id: 'proxy-bind',
    gates,
    cause:
      `${asWritten(directive)} at ${placeName(situation, directive)} has NGINX send from an address from which it does not ` +
      'reach the replicas.',
    evidence: complaintText(complaints).trim(),
    ...placed(situation, directive, replacedBy(directive, '')),
    fix: 'Take it out: the system chooses an address that fits.',
  };
};
