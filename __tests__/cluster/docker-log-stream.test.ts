import { Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createLogReader, createOutputReader, drain } from '../../src/cluster/docker-log-stream';
import type { LogLine } from '../../src/cluster/engine';
import { createLineSplitter } from '../../src/cluster/line-splitter';

interface Frame {
  readonly stream: number;
  readonly payload: Buffer;
}

function bytesOf(frames: readonly Frame[]): Buffer {
  return Buffer.concat(
    frames.map(({ stream, payload }) => {
      const header = Buffer.alloc(8);
      header.writeUInt8(stream, 0);
      header.writeUInt32BE(payload.length, 4);
      return Buffer.concat([header, payload]);
    }),
  );
}

function frame(stream: number, text: string): Frame {
  return { stream, payload: Buffer.from(text) };
}

function readLines(chunks: readonly Buffer[]): readonly LogLine[] {
  const lines: LogLine[] = [];
  const reader = createLogReader((line) => lines.push(line));
  for (const chunk of chunks) reader.write(chunk);
  reader.end();
  return lines;
}

/** Cuts bytes at these places, given as shares of the whole. */
function cutUp(bytes: Buffer, shares: readonly number[]): readonly Buffer[] {
  const places = [0, ...shares.map((share) => Math.floor(share * bytes.length)).sort((a, b) => a - b), bytes.length];
  return places.slice(1).map((end, index) => bytes.subarray(places[index], end));
}

const share = fc.double({ min: 0, max: 1, noNaN: true });
const line = fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => text.replaceAll(/[\r\n]/g, ' '));
const stream = fc.constantFrom('stdout' as const, 'stderr' as const);

describe('lines of a multiplexed stream', () => {
  test('are the same however the engine frames them and the connection chops them up', () => {
    const written = fc.array(fc.record({ stream, text: line }), { maxLength: 12 });
    const cuts = fc.array(share, { maxLength: 8 });
    fc.assert(
      fc.property(written, fc.array(cuts, { minLength: 12, maxLength: 12 }), cuts, (lines, frameCuts, chunkCuts) => {
        const frames = lines.flatMap(({ stream: name, text }, index) =>
          cutUp(Buffer.from(`${text}\n`), frameCuts[index] ?? []).map((payload) => ({
            stream: name === 'stdout' ? 1 : 2,
            payload,
          })),
        );
        expect(readLines(cutUp(bytesOf(frames), chunkCuts))).toEqual(lines);
      }),
    );
  });

  test.each([
    { name: 'nothing', frames: [], lines: [] },
    { name: 'an empty frame', frames: [frame(1, ''), frame(1, 'a\n')], lines: [{ stream: 'stdout', text: 'a' }] },
    { name: 'an empty line', frames: [frame(1, '\n')], lines: [{ stream: 'stdout', text: '' }] },
    { name: 'a Windows line end', frames: [frame(2, 'a\r\n')], lines: [{ stream: 'stderr', text: 'a' }] },
    { name: 'a last line without an end', frames: [frame(1, 'a\nb')], lines: [out('a'), out('b')] },
    {
      name: 'one stream between two halves of the other’s line',
      frames: [frame(1, 'on'), frame(2, 'other\n'), frame(1, 'e\n')],
      lines: [{ stream: 'stderr', text: 'other' }, out('one')],
    },
    { name: 'a line in pieces of 16 KiB', frames: pieces(3), lines: [out('x'.repeat(3 * 16_384))] },
  ])('$name', ({ frames, lines }) => {
    expect(readLines([bytesOf(frames)])).toEqual(lines);
  });

  test('one byte at a time', () => {
    const bytes = bytesOf([frame(1, 'ä€😀\n'), frame(2, 'b')]);
    const chunks = [...bytes].map((byte) => Buffer.from([byte]));
    expect(readLines(chunks)).toEqual([out('ä€😀'), { stream: 'stderr', text: 'b' }]);
  });

  test.each([
    {
      name: 'an error of the engine itself',
      bytes: bytesOf([frame(3, 'log driver broke\n')]),
      words: 'log driver broke',
    },
    { name: 'bytes that are not framed', bytes: Buffer.from('plain text of a terminal'), words: 'not in frames' },
  ])('$name is told', ({ bytes, words }) => {
    expect(() => readLines([bytes])).toThrow(words);
  });
});

describe('bounds', () => {
  test.each([
    { name: 'as long as allowed', text: 'abcd', cut: 'abcd' },
    { name: 'too long', text: 'abcde', cut: 'abcd' },
    { name: 'too long within a character', text: 'abcä', cut: 'abc' },
  ])('a line that is $name, and the next one whole', ({ text, cut }) => {
    const lines: string[] = [];
    const splitter = createLineSplitter((line) => lines.push(line), 4);
    splitter.write(Buffer.from(`${text}\nnext\n`));
    expect(lines).toEqual([cut, 'next']);
  });

  test('a line of many small pieces is kept as far as a line may go', () => {
    const lines: string[] = [];
    const splitter = createLineSplitter((line) => lines.push(line), 5000);
    for (let piece = 0; piece < 9000; piece += 1) splitter.write(Buffer.from('x'));
    splitter.end();
    expect(lines).toEqual(['x'.repeat(5000)]);
  });

  test('each stream of an output is cut by itself, never within a character', () => {
    const reader = createOutputReader(4);
    reader.write(bytesOf([frame(1, 'abcdefgh'), frame(2, 'abcä'), frame(1, 'more')]));
    reader.end();
    expect(reader.text()).toEqual({ stdout: 'abcd', stderr: 'abc' });
  });
});

describe('draining a stream', () => {
  const sink = () => {
    const seen: string[] = [];
    return { seen, write: (bytes: Buffer) => void seen.push(bytes.toString()), end: () => void seen.push('END') };
  };

  test('ends the sink with the stream', async () => {
    const reader = sink();
    await drain(Readable.from([Buffer.from('a'), 'b']), reader);
    expect(reader.seen).toEqual(['a', 'b', 'END']);
  });

  test('a stream that breaks off is an error, and no end', async () => {
    const reader = sink();
    const stream = new Readable({ read: () => undefined });
    const drained = drain(stream, reader);
    stream.destroy();
    await expect(drained).rejects.toMatchObject({ code: 'ERR_STREAM_PREMATURE_CLOSE' });
    expect(reader.seen).toEqual([]);
  });

  test('one that breaks off because of the abort is neither', async () => {
    const reader = sink();
    const controller = new AbortController();
    const stream = new Readable({ read: () => undefined });
    const drained = drain(stream, reader, controller.signal);
    controller.abort();
    stream.destroy(new Error('aborted'));
    await expect(drained).resolves.toBeUndefined();
    expect(reader.seen).toEqual([]);
  });
});

function out(text: string): LogLine {
  return { stream: 'stdout', text };
}

function pieces(count: number): readonly Frame[] {
  return Array.from({ length: count }, (_, index) => frame(1, 'x'.repeat(16_384) + (index === count - 1 ? '\n' : '')));
}
