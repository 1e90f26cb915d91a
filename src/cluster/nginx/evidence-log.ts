/**
 * The access log from which this project learns what NGINX did with each of its own requests. Each line is
 * {@link EVIDENCE_PREFIX} and a JSON object of {@link EVIDENCE_FIELDS}.
 */

/** Requests that carry this header are logged, with its value as their id; all others are left alone. */
export const REQUEST_ID_HEADER = 'X-LB-Cluster-Id';

/** Tells evidence lines from whatever else NGINX writes to the same stream. The digit is the format's version. */
export const EVIDENCE_PREFIX = 'lbca1 ';

const EVIDENCE_FORMAT_NAME = 'lb_cluster_evidence';

/** Path in the container of the file that defines the log. Outside conf.d, or the image would include it again. */
export const EVIDENCE_FILE = '/etc/nginx/lb-cluster-evidence.conf';

/**
 * The container's standard output, under a name that a user's own log does not have: a `buffer=` belongs to the file
 * name, and would hold back our lines too if both said /dev/stdout (`ngx_http_log_set_log`, `log->file->data`).
 */
const EVIDENCE_PATH = '/proc/self/fd/1';

/**
 * JSON key → NGINX variable. Every value is a string: most variables of the upstream are lists, one element for each
 * attempt, parted by `, ` (or ` : ` after an internal redirect), in which `-` stands for nothing.
 */
export const EVIDENCE_FIELDS = {
  id: '$http_x_lb_cluster_id',
  /** When NGINX was done: epoch seconds with milliseconds. */
  time: '$msec',
  pid: '$pid',
  method: '$request_method',
  status: '$status',
  /** Seconds. */
  requestTime: '$request_time',
  upstreamAddr: '$upstream_addr',
  upstreamStatus: '$upstream_status',
  /** Seconds each, as the two that follow. */
  connectTime: '$upstream_connect_time',
  headerTime: '$upstream_header_time',
  responseTime: '$upstream_response_time',
  /** Since NGINX 1.15.8; tells a server that never saw the request from one that may have carried it out. */
  bytesSent: '$upstream_bytes_sent',
  /** Bytes that came of the request: 0 of a subrequest, which nobody sent (logged where `log_subrequest` says so). */
  requestLength: '$request_length',
  /** Bytes of the answer's body that went to the client. */
  bodyBytes: '$body_bytes_sent',
  /** What told where the replica's answer ends; empty: nothing but the end of the connection (RFC 9112, section 6.3). */
  framing: '$upstream_http_content_length$upstream_http_transfer_encoding',
  /** Bytes that came of the answer's body, one element for each attempt. */
  upstreamBytes: '$upstream_response_length',
} as const;
export type EvidenceField = keyof typeof EVIDENCE_FIELDS;

/** The `access_log` that writes the evidence; in force wherever it stands, beside the user's own. */
export const EVIDENCE_ACCESS_LOG = `access_log ${EVIDENCE_PATH} ${EVIDENCE_FORMAT_NAME} if=${EVIDENCE_FIELDS.id};`;

/** `log_format` of the evidence; `escape=json` exists since NGINX 1.11.8. */
export function evidenceLogFormat(): string {
  const fields = Object.entries(EVIDENCE_FIELDS).map(([key, variable]) => `"${key}":"${variable}"`);
  return `log_format ${EVIDENCE_FORMAT_NAME} escape=json '${EVIDENCE_PREFIX}{${fields.join(',')}}';`;
}
