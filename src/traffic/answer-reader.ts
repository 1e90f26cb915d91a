/** Reads one HTTP/1 answer after the other from the bytes of a connection, split wherever they may be; bodies are thrown away. */
export interface AnswerReader {
  /** Forgets everything: what comes next is another answer. */
  readonly restart: () => void;
  /**
   * Takes the first `length` of `bytes`.
   *
   * @returns whether the answer is whole now.
   * @throws AnswerError for what is no HTTP answer.
   */
  readonly read: (bytes: Buffer, length: number) => boolean;
  /** The other side closes the connection: whether that makes the answer whole (RFC 9112, section 6.3, number 8). */
  readonly close: () => boolean;
  /** Whether any byte came since the restart. */
  readonly isBegun: () => boolean;
  /** Of a whole answer. */
  readonly status: () => number;
  /** For how many milliseconds after a whole answer its connection may be used again; 0: not at all. */
  readonly keepsForMs: () => number;
}

/** What came is no HTTP answer. */
export class AnswerError extends Error {
  override readonly name = 'AnswerError';
  /** Named like the errors of Node's own parser (llhttp), which tells some of them apart more finely. */
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

type Part = 'status' | 'header' | 'sized' | 'chunk-size' | 'chunk' | 'chunk-end' | 'trailer' | 'until-close' | 'whole';

/** What the header says about body and connection. */
interface Framing {
  /** Null: it does not say. */
  contentLength: number | null;
  transferEncoding: string | null;
  connection: string;
  /** How long the server keeps an idle connection; not in RFC 9112, and yet common (RFC 2068, section 19.7.1.1). */
  keepAliveMs: number;
}

/** Bytes of a header, a trailer or a line between chunks; Node has the same limit. */
const LONGEST_HEAD = 16 * 1024;
/** A server closes an idle connection after the time that it told; a request that sets out just then is lost. */
const KEEP_ALIVE_MARGIN_MS = 1_000;
const LF = 0x0a;

/** RFC 9112, section 4; many servers leave out the space before an empty reason. */
const STATUS_LINE = /^HTTP\/1\.(\d) ([1-9]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/;
const STATUS_START = 'HTTP/1.';
/** RFC 9112, section 5; no space before the colon, and no line folded into two (section 5.2). */
const FIELD_LINE = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*$/;
/** Fifteen digits: all of them are safe integers. */
const CONTENT_LENGTH = /^[\t ]*(\d{1,15})[\t ]*$/;
/** RFC 9112, section 7.1; thirteen digits are 52 bits. */
const CHUNK_SIZE = /^([0-9A-Fa-f]{1,13})[\t ]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/;
const LAST_CHUNKED = /(?:^|,)[\t ]*chunked[\t ]*$/i;
const CLOSE = /(?:^|,)[\t ]*close[\t ]*(?:,|$)/i;
const KEEP_ALIVE = /(?:^|,)[\t ]*keep-alive[\t ]*(?:,|$)/i;
const TIMEOUT = /(?:^|[,\t ])timeout=(\d{1,9})/i;

/** A reader of HTTP/1.1 and HTTP/1.0 answers to requests other than HEAD and CONNECT (RFC 9112, sections 4 to 7). */
export function createAnswerReader(): AnswerReader {
  let part: Part = 'status';
  let framing = noFraming();
  let status = 0;
  let minorVersion = 1;
  /** Bytes of the body, or of the chunk, that are still to come. */
  let left = 0;
  /** The beginning of a line whose end is still to come. */
  let carried = '';
  let headLength = 0;
  let begun = false;
  let surplus = false;
  let untilClose = false;

  const restart = (): void => {
    startHead();
    begun = false;
    surplus = false;
    untilClose = false;
  };
  const startHead = (): void => {
    part = 'status';
    framing = noFraming();
    carried = '';
    headLength = 0;
  };

  const endHead = (): void => {
    if (status === 101) throw new AnswerError('ECONNRESET');
    // Any number of interim answers may come before the one that counts (RFC 9110, section 15.2).
    if (status < 200) startHead();
    else part = bodyOf(status, framing);
    headLength = 0;
    left = framing.contentLength ?? 0;
    untilClose = part === 'until-close';
  };
  const takeStatusLine = (line: string): void => {
    const [, minor, code] = STATUS_LINE.exec(line) ?? [];
    if (code === undefined) throw new AnswerError('HPE_INVALID_CONSTANT');
    minorVersion = Number(minor);
    status = Number(code);
    part = 'header';
  };
  const takeLine = (line: string): void => {
    if (part === 'status') takeStatusLine(line);
    else if (part === 'header') {
      if (line === '') endHead();
      else takeField(line, framing);
    } else if (part === 'trailer') {
      if (line === '') part = 'whole';
      else checkField(line);
    } else {
      // The line after a chunk is empty, and what follows it is the size of the next one.
      headLength = 0;
      if (part === 'chunk-size') left = chunkSize(line);
      if (part === 'chunk-end') part = 'chunk-size';
      else part = left === 0 ? 'trailer' : 'chunk';
    }
  };

  /** @returns the place after what it took. */
  const readLine = (bytes: Buffer, from: number, length: number): number => {
    let end = from;
    while (end < length && bytes[end] !== LF) end += 1;
    headLength += Math.min(end + 1, length) - from;
    if (headLength > LONGEST_HEAD) throw new AnswerError('HPE_HEADER_OVERFLOW');
    const line = carried + bytes.toString('latin1', from, end);
    // What cannot become an answer any more is not waited for.
    if (part === 'status' && !STATUS_START.startsWith(line.slice(0, STATUS_START.length))) {
      throw new AnswerError('HPE_INVALID_CONSTANT');
    }
    if (part === 'chunk-end' && line !== '' && line !== '\r') throw new AnswerError('HPE_STRICT');
    if (end === length) {
      carried = line;
      return length;
    }
    carried = '';
    if (!line.endsWith('\r')) throw new AnswerError('HPE_CR_EXPECTED');
    takeLine(line.slice(0, -1));
    return end + 1;
  };
  const readBody = (from: number, length: number): number => {
    const taken = Math.min(left, length - from);
    left -= taken;
    if (left === 0) part = part === 'sized' ? 'whole' : 'chunk-end';
    return from + taken;
  };

  return {
    restart,
    read: (bytes, length) => {
      let at = 0;
      begun ||= length > 0;
      while (at < length && part !== 'whole') {
        if (part === 'sized' || part === 'chunk') at = readBody(at, length);
        else at = part === 'until-close' ? length : readLine(bytes, at, length);
      }
      surplus ||= at < length;
      return part === 'whole';
    },
    close: () => {
      if (part === 'until-close') part = 'whole';
      return part === 'whole';
    },
    isBegun: () => begun,
    status: () => status,
    keepsForMs: () => (part !== 'whole' || surplus || untilClose ? 0 : keepsForMs(minorVersion, framing)),
  };
}

function noFraming(): Framing {
  return { contentLength: null, transferEncoding: null, connection: '', keepAliveMs: Infinity };
}

function checkField(line: string): void {
  if (!FIELD_LINE.test(line)) throw new AnswerError('HPE_INVALID_HEADER_TOKEN');
}

function takeField(line: string, framing: Framing): void {
  checkField(line);
  const colon = line.indexOf(':');
  // Only names of these lengths matter, and most are of others.
  if (colon !== 10 && colon !== 14 && colon !== 17) return;
  const value = line.slice(colon + 1);
  switch (line.slice(0, colon).toLowerCase()) {
    case 'content-length': {
      const digits = CONTENT_LENGTH.exec(value)?.[1];
      if (digits === undefined) throw new AnswerError('HPE_INVALID_CONTENT_LENGTH');
      if (framing.contentLength !== null) throw new AnswerError('HPE_UNEXPECTED_CONTENT_LENGTH');
      framing.contentLength = Number(digits);
      break;
    }
    case 'transfer-encoding':
      framing.transferEncoding = framing.transferEncoding === null ? value : `${framing.transferEncoding},${value}`;
      break;
    case 'connection':
      framing.connection = framing.connection === '' ? value : `${framing.connection},${value}`;
      break;
    case 'keep-alive': {
      const seconds = TIMEOUT.exec(value)?.[1];
      if (seconds !== undefined) framing.keepAliveMs = Number(seconds) * 1000 - KEEP_ALIVE_MARGIN_MS;
    }
  }
}

function chunkSize(line: string): number {
  const digits = CHUNK_SIZE.exec(line)?.[1];
  if (digits === undefined) throw new AnswerError('HPE_INVALID_CHUNK_SIZE');
  return Number.parseInt(digits, 16);
}

/** How the body's end is found: RFC 9112, section 6.3. */
function bodyOf(status: number, { contentLength, transferEncoding }: Framing): Part {
  if (status === 204 || status === 304) return 'whole';
  if (transferEncoding !== null) {
    // Two ends for one body: "ought to be handled as an error".
    if (contentLength !== null) throw new AnswerError('HPE_UNEXPECTED_CONTENT_LENGTH');
    return LAST_CHUNKED.test(transferEncoding) ? 'chunk-size' : 'until-close';
  }
  if (contentLength === null) return 'until-close';
  return contentLength === 0 ? 'whole' : 'sized';
}

/** RFC 9112, section 9.3; a transfer encoding in an HTTP/1.0 answer makes its framing doubtful (section 6.1). */
function keepsForMs(minorVersion: number, { connection, transferEncoding, keepAliveMs }: Framing): number {
  if (CLOSE.test(connection)) return 0;
  if (minorVersion === 0 && (transferEncoding !== null || !KEEP_ALIVE.test(connection))) return 0;
  return Math.max(0, keepAliveMs);
}
