import { describe, expect, it, test } from '@jest/globals';
import fc from 'fast-check';
import type { AnswerReader } from '../../src/traffic/answer-reader';
import { AnswerError, createAnswerReader } from '../../src/traffic/answer-reader';

const STAYS_OPEN = Infinity;

/** What a reader made of an answer: its status once whole, the code of what is wrong with it, or that more must come. */
interface Reading {
  readonly status: number | string | null;
  readonly keepsForMs: number;
}

/** Reads what comes in these pieces, up to the end of the connection where `closes`. */
function readingOf(pieces: readonly string[], closes = false, reader: AnswerReader = createAnswerReader()): Reading {
  try {
    let isWhole = pieces.map((piece) => reader.read(Buffer.from(piece, 'latin1'), piece.length)).at(-1) ?? false;
    if (closes) isWhole = reader.close();
    return { status: isWhole ? reader.status() : null, keepsForMs: reader.keepsForMs() };
  } catch (error) {
    return { status: error instanceof AnswerError ? error.code : String(error), keepsForMs: 0 };
  }
}

/** The text cut at each of these places. */
function cutAt(text: string, places: readonly number[]): readonly string[] {
  const cuts = [0, ...places.map((place) => place % (text.length + 1)).sort((a, b) => a - b), text.length];
  return cuts.slice(1).map((end, index) => text.slice(cuts[index], end));
}

function answer(head: string, body = '', version = 'HTTP/1.1'): string {
  return `${version} ${head.replaceAll('\n', '\r\n')}\r\n\r\n${body}`;
}

const CHUNKED = '200 OK\nTransfer-Encoding: chunked';

/** Name, answer, status when it is whole, and for how long its connection may be used again. */
const WHOLE: readonly [string, string, number, number][] = [
  ['a body of a known length', answer('200 OK\nContent-Length: 2', 'ok'), 200, STAYS_OPEN],
  ['no body', answer('404 Not Found\nContent-Length: 0'), 404, STAYS_OPEN],
  ['no reason and no space before it', answer('200\nContent-Length: 0'), 200, STAYS_OPEN],
  ['a reason in another script', answer('200 \xe4\xf6\nContent-Length: 0'), 200, STAYS_OPEN],
  ['a header as long as it may be', answer(`204 No Content\nA: ${'b'.repeat(16 * 1024 - 34)}`), 204, STAYS_OPEN],
  ['space around a value', answer('200 OK\ncOnTeNt-LeNgTh: \t2 \t', 'ok'), 200, STAYS_OPEN],
  ['an empty value', answer('200 OK\nServer:\nContent-Length: 0'), 200, STAYS_OPEN],
  ['status 204, whatever its header says', answer('204 No Content\nContent-Length: 5'), 204, STAYS_OPEN],
  ['status 304, whatever its header says', answer('304 Not Modified\nContent-Length: 5'), 304, STAYS_OPEN],
  ['one chunk', answer(CHUNKED, '2\r\nok\r\n0\r\n\r\n'), 200, STAYS_OPEN],
  ['no chunk', answer(CHUNKED, '0\r\n\r\n'), 200, STAYS_OPEN],
  [
    'chunks with extensions',
    answer(CHUNKED, '0A ;a=b;c="d"\r\n0123456789\r\n1\r\n\n\r\n000;x\r\n\r\n'),
    200,
    STAYS_OPEN,
  ],
  ['trailers', answer(CHUNKED, '2\r\nok\r\n0\r\nA: b\r\nContent-Length: 7\r\n\r\n'), 200, STAYS_OPEN],
  [
    'several transfer encodings, the last of them chunked',
    answer('200 OK\nTransfer-Encoding: gzip\nTransfer-Encoding: x, Chunked', '0\r\n\r\n'),
    200,
    STAYS_OPEN,
  ],
  [
    'interim answers before it',
    answer('100 Continue') + answer('103 Early Hints\nContent-Length: 7\nConnection: close') + answer('204 No Content'),
    204,
    STAYS_OPEN,
  ],
  ['a server that closes', answer('200 OK\nContent-Length: 0\nConnection: close'), 200, 0],
  ['a server that closes, among other options', answer('200 OK\nContent-Length: 0\nConnection: a, Close ,b'), 200, 0],
  ['options that only look like it', answer('200 OK\nContent-Length: 0\nConnection: closed, x-close'), 200, STAYS_OPEN],
  ['HTTP/1.0', answer('200 OK\nContent-Length: 2', 'ok', 'HTTP/1.0'), 200, 0],
  [
    'HTTP/1.0 that keeps the connection',
    answer('200 OK\nContent-Length: 2\nConnection: keep-alive', 'ok', 'HTTP/1.0'),
    200,
    STAYS_OPEN,
  ],
  [
    'a server that tells how long it keeps the connection',
    answer('200 OK\nContent-Length: 0\nKeep-Alive: timeout=5, max=9'),
    200,
    4_000,
  ],
  ['a server that keeps it for a moment', answer('200 OK\nContent-Length: 0\nKeep-Alive: timeout=1'), 200, 0],
  ['more after it than was asked for', answer('200 OK\nContent-Length: 2', 'okHTTP/1.1 200'), 200, 0],
];

/** Whole when the connection closes, and not before. */
const UNTIL_CLOSE: readonly [string, string, number][] = [
  ['no length', answer('200 OK', 'ok'), 200],
  ['no length and no body', answer('502 Bad Gateway'), 502],
  ['a transfer encoding other than chunked', answer('200 OK\nTransfer-Encoding: chunked, gzip', '0\r\n\r\n'), 200],
  ['HTTP/1.0', answer('200 OK\nConnection: keep-alive', 'ok', 'HTTP/1.0'), 200],
];

const BROKEN: readonly [string, string, string][] = [
  ['another protocol', 'SSH-2.0-OpenSSH_9.6\r\n', 'HPE_INVALID_CONSTANT'],
  ['another protocol from its first byte', 'S', 'HPE_INVALID_CONSTANT'],
  ['HTTP/0.9', '<html>', 'HPE_INVALID_CONSTANT'],
  ['HTTP/2', 'HTTP/2 200\r\n\r\n', 'HPE_INVALID_CONSTANT'],
  ['an empty line', '\r\n', 'HPE_INVALID_CONSTANT'],
  ['a status of two digits', answer('20 OK'), 'HPE_INVALID_CONSTANT'],
  ['a status below 100', answer('099 OK'), 'HPE_INVALID_CONSTANT'],
  ['a line that ends with LF alone', 'HTTP/1.1 200 OK\nContent-Length: 0\n\n', 'HPE_CR_EXPECTED'],
  ['a CR within a line', answer('200 OK\nA: b\rContent-Length: 0'), 'HPE_INVALID_HEADER_TOKEN'],
  ['a header without a colon', answer('200 OK\nContent-Length'), 'HPE_INVALID_HEADER_TOKEN'],
  ['a header without a name', answer('200 OK\n: 0'), 'HPE_INVALID_HEADER_TOKEN'],
  ['space before the colon', answer('200 OK\nContent-Length : 0'), 'HPE_INVALID_HEADER_TOKEN'],
  ['a folded line', answer('200 OK\nA: b\n c'), 'HPE_INVALID_HEADER_TOKEN'],
  ['a control character in a value', answer('200 OK\nA: \0'), 'HPE_INVALID_HEADER_TOKEN'],
  ['a length that is no number', answer('200 OK\nContent-Length: 0x10'), 'HPE_INVALID_CONTENT_LENGTH'],
  ['a negative length', answer('200 OK\nContent-Length: -1'), 'HPE_INVALID_CONTENT_LENGTH'],
  ['no length after the name', answer('200 OK\nContent-Length:'), 'HPE_INVALID_CONTENT_LENGTH'],
  ['a length beyond all numbers', answer(`200 OK\nContent-Length: ${'9'.repeat(16)}`), 'HPE_INVALID_CONTENT_LENGTH'],
  ['a list of lengths', answer('200 OK\nContent-Length: 2, 2'), 'HPE_INVALID_CONTENT_LENGTH'],
  ['two lengths', answer('200 OK\nContent-Length: 2\nContent-Length: 2'), 'HPE_UNEXPECTED_CONTENT_LENGTH'],
  ['a length and chunks', answer(`${CHUNKED}\nContent-Length: 2`), 'HPE_UNEXPECTED_CONTENT_LENGTH'],
  ['an upgrade that nobody asked for', answer('101 Switching Protocols\nUpgrade: x'), 'ECONNRESET'],
  ['a chunk without a size', answer(CHUNKED, '\r\n'), 'HPE_INVALID_CHUNK_SIZE'],
  ['a chunk of a size that is no number', answer(CHUNKED, '-1\r\n'), 'HPE_INVALID_CHUNK_SIZE'],
  ['a chunk beyond all sizes', answer(CHUNKED, `${'f'.repeat(14)}\r\n`), 'HPE_INVALID_CHUNK_SIZE'],
  ['a chunk that is longer than it says', answer(CHUNKED, '2\r\nok!'), 'HPE_STRICT'],
  ['a trailer without a colon', answer(CHUNKED, '0\r\nA\r\n'), 'HPE_INVALID_HEADER_TOKEN'],
  ['a header without an end', `HTTP/1.1 200 OK\r\nA: ${'b'.repeat(17_000)}`, 'HPE_HEADER_OVERFLOW'],
  ['headers without an end', `HTTP/1.1 200 OK\r\n${'A: b\r\n'.repeat(3_000)}`, 'HPE_HEADER_OVERFLOW'],
  ['a status line without an end', `HTTP/1.1 200 ${'b'.repeat(17_000)}`, 'HPE_HEADER_OVERFLOW'],
  ['a chunk size without an end', answer(CHUNKED, '0'.repeat(17_000)), 'HPE_HEADER_OVERFLOW'],
  ['trailers without an end', answer(CHUNKED, `0\r\n${'A: b\r\n'.repeat(3_000)}`), 'HPE_HEADER_OVERFLOW'],
];

const VALID = [...WHOLE.map(([, text]) => text), ...UNTIL_CLOSE.map(([, text]) => text)];
const places = fc.array(fc.nat({ max: 500 }), { maxLength: 12 });

describe('an answer is whole', () => {
  test.each(WHOLE)('with %s', (_, text, status, keepsForMs) => {
    expect(readingOf([text])).toEqual({ status, keepsForMs });
    expect(readingOf(Array.from(text))).toEqual({ status, keepsForMs });
  });

  test.each(UNTIL_CLOSE)('with %s, once the connection closes', (_, text, status) => {
    expect(readingOf([text])).toEqual({ status: null, keepsForMs: 0 });
    expect(readingOf([text], true)).toEqual({ status, keepsForMs: 0 });
  });

  it('with a body that is longer than its header may be', () => {
    const length = 1_000_000;
    const head = answer(`200 OK\nContent-Length: ${length}`);
    const body = Array.from({ length: 10 }, () => 'x'.repeat(length / 10));
    expect(readingOf([head, ...body.slice(1)]).status).toBeNull();
    expect(readingOf([head, ...body]).status).toBe(200);
  });

  it('with more chunks than a header may have bytes', () => {
    expect(readingOf([answer(CHUNKED), '1;a\r\nx\r\n'.repeat(20_000), '0\r\n\r\n']).status).toBe(200);
  });
});

describe('an answer is none', () => {
  test.each(BROKEN)('with %s', (_, text, code) => {
    expect(readingOf([text])).toEqual({ status: code, keepsForMs: 0 });
    expect(readingOf(Array.from(text))).toEqual({ status: code, keepsForMs: 0 });
  });

  it('before its last byte has come', () => {
    for (const [, text] of WHOLE.filter(([name]) => !name.startsWith('more after it'))) {
      const shorter = text.slice(0, -1);
      expect([text, readingOf([shorter], true).status]).toEqual([text, null]);
    }
  });
});

describe('a reader', () => {
  it('makes the same of an answer however it is split', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...VALID, ...BROKEN.map(([, text]) => text)),
        places,
        fc.boolean(),
        (text, at, closes) => {
          expect(readingOf(cutAt(text, at), closes)).toEqual(readingOf([text], closes));
        },
      ),
    );
  });

  it('reads one answer after the other', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...WHOLE), { minLength: 2, maxLength: 6 }), places, (answers, at) => {
        const reader = createAnswerReader();
        for (const [, text, status, keepsForMs] of answers) {
          reader.restart();
          expect(reader.isBegun()).toBe(false);
          expect(readingOf(cutAt(text, at), false, reader)).toEqual({ status, keepsForMs });
          expect(reader.isBegun()).toBe(true);
        }
      }),
    );
  });

  it('takes no garbage for an answer', () => {
    const beginnings = fc.constantFrom('', 'H', 'HTTP/1.', 'HTTP/1.1 ', 'HTTP/1.1 20');
    const noise = fc.string({ unit: fc.constantFrom(...Array.from('\r\n:;, \t0aAHTP/.\0\xff')) });
    fc.assert(
      fc.property(beginnings, noise, places, fc.boolean(), (beginning, rest, at, closes) => {
        const { status } = readingOf(cutAt(beginning + rest, at), closes);
        expect(typeof status).not.toBe('number');
      }),
    );
  });

  it('never ends otherwise than with an answer, with what is wrong, or with a wait for more', () => {
    fc.assert(
      fc.property(fc.constantFrom(...VALID), fc.nat(), fc.nat({ max: 255 }), places, (text, where, byte, at) => {
        const place = where % text.length;
        const changed = text.slice(0, place) + String.fromCharCode(byte) + text.slice(place + 1);
        const { status } = readingOf(cutAt(changed, at), true);
        expect(status === null || typeof status === 'number' || /^(HPE_[A-Z_]+|ECONNRESET)$/.test(status)).toBe(true);
      }),
    );
  });
});
