import type { EvidenceField } from '../cluster/nginx/evidence-log';
import { EVIDENCE_FIELDS, EVIDENCE_PREFIX } from '../cluster/nginx/evidence-log';
import type { Attempt, ProxyRecord } from './sample';

type Fields = Readonly<Record<EvidenceField, string>>;

/** NGINX writes one attempt a server, so a line is short; a longer one is not ours. */
const LONGEST_LINE = 65_536;
const ID = /^[\x21-\x7e]{1,200}$/;
/** `$msec` and the times: seconds with milliseconds. */
const SECONDS = /^\d{1,12}\.\d{3}$/;
const WHOLE = /^\d{1,10}$/;
const STATUS = /^\d{3}$/;
const METHOD = /^[A-Z-]{1,32}$/;
/** Attempts are parted by a comma, or by a colon after an internal redirect (ngx_http_upstream_module, `$upstream_addr`). */
const SEPARATOR = /, | : /;
const SEPARATORS = new RegExp(SEPARATOR, 'g');
const REDIRECTED = ' : ';
const NOTHING = '-';

/** NGINX's side of a request, from one line of its output; null for every line that is not evidence, is broken, or tells of a subrequest. */
export function parseEvidence(line: string): ProxyRecord | null {
  if (!line.startsWith(EVIDENCE_PREFIX) || line.length > LONGEST_LINE) return null;
  const fields = readFields(line.slice(EVIDENCE_PREFIX.length));
  if (fields === null) return null;
  const { id, method, pid, requestLength, bodyBytes } = fields;
  // What `auth_request` or `mirror` ask has the id of the request that they ask it for, and is no attempt at it.
  if (requestLength === '0') return null;
  const loggedAt = milliseconds(fields.time);
  const requestMs = milliseconds(fields.requestTime);
  const attempts = attemptsOf(fields);
  if (
    !ID.test(id) ||
    !METHOD.test(method) ||
    ![pid, requestLength, bodyBytes].every((text) => WHOLE.test(text)) ||
    !STATUS.test(fields.status)
  )
    return null;
  if (loggedAt === null || requestMs === null || attempts === null) return null;
  return {
    ...{ id, loggedAt, workerPid: Number(pid), method, status: Number(fields.status), requestMs },
    ...{ bodyBytes: Number(bodyBytes), attempts },
    ...openEnded(fields, attempts),
  };
}

function openEnded(
  { framing, upstreamBytes }: Fields,
  attempts: readonly Attempt[],
): Pick<ProxyRecord, 'openEndedBytes'> {
  // Nearly all tell where they end.
  if (framing !== '' || attempts.at(-1)?.headerMs == null) return {};
  const last = upstreamBytes.split(SEPARATOR).at(-1) ?? '';
  return WHOLE.test(last) ? { openEndedBytes: Number(last) } : {};
}

function readFields(json: string): Fields | null {
  const value = parseJson(json);
  if (typeof value !== 'object' || value === null) return null;
  const isWhole = Object.keys(EVIDENCE_FIELDS).every(
    (key) => typeof (value as Record<string, unknown>)[key] === 'string',
  );
  return isWhole ? (value as Fields) : null;
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}

/** Most attempts are like some before: one copy stands for all of them. */
const known = new Map<string, readonly Attempt[]>();
const MOST_KNOWN = 5_000;

/** As {@link readAttempts}; what is given for the same text is one and the same. */
function attemptsOf(fields: Fields): readonly Attempt[] | null {
  const { upstreamAddr, upstreamStatus, connectTime, headerTime, responseTime, bytesSent } = fields;
  const text = [upstreamAddr, upstreamStatus, connectTime, headerTime, responseTime, bytesSent].join('|');
  const found = known.get(text) ?? readAttempts(fields);
  if (found === null || known.has(text)) return found;
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(text, found);
  return found;
}

/** The lists run side by side; null when they do not, or an element is none. */
function readAttempts(fields: Fields): readonly Attempt[] | null {
  if (fields.upstreamAddr === '' || fields.upstreamAddr === NOTHING) return [];
  const addresses = fields.upstreamAddr.split(SEPARATOR);
  const statuses = elements(fields.upstreamStatus, addresses.length, (text) =>
    STATUS.test(text) ? Number(text) : null,
  );
  const connectTimes = elements(fields.connectTime, addresses.length, milliseconds);
  const headerTimes = elements(fields.headerTime, addresses.length, milliseconds);
  const responseTimes = elements(fields.responseTime, addresses.length, milliseconds);
  const bytesSent = elements(fields.bytesSent, addresses.length, whole);
  if (statuses === null || connectTimes === null || headerTimes === null || responseTimes === null) return null;
  if (bytesSent === null) return null;
  const separators = fields.upstreamAddr.match(SEPARATORS) ?? [];
  const isRedirected = (index: number): boolean => separators[index - 1] === REDIRECTED;
  const isAnew = (index: number): boolean =>
    isRedirected(index) && headerTimes[index - 1] != null && (statuses[index - 1] ?? 500) < 500;
  return (
    addresses
      .map((address, index) => ({
        ...(isAnew(index) ? { anew: true as const } : {}),
        ...(isRedirected(index) ? { redirected: true as const } : {}),
        address,
        status: statuses[index] ?? null,
        connectMs: connectTimes[index] ?? null,
        headerMs: headerTimes[index] ?? null,
        responseMs: responseTimes[index] ?? null,
        bytesSent: bytesSent[index] ?? 0,
      }))
      // An internal redirect that reached no server leaves a separator with nothing behind it.
      .filter(({ address }) => address !== '')
  );
}

/** The elements of a list as numbers, null for one that is not there; null altogether when the list is broken. */
function elements(
  list: string,
  length: number,
  read: (text: string) => number | null,
): readonly (number | null)[] | null {
  const texts = list.split(SEPARATOR);
  if (texts.length !== length) return null;
  const values = texts.map((text) => (text === '' || text === NOTHING ? null : read(text)));
  const isBroken = values.some((value, index) => value === null && !['', NOTHING].includes(texts[index] ?? ''));
  return isBroken ? null : values;
}

function whole(text: string): number | null {
  return WHOLE.test(text) ? Number(text) : null;
}

function milliseconds(seconds: string): number | null {
  return SECONDS.test(seconds) ? Math.round(Number(seconds) * 1000) : null;
}
