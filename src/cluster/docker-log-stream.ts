import { ByteBuffer, decodeCut } from './byte-buffer';
import type { LogLine } from './engine';
import { EngineError } from './engine';
import type { ByteSink } from './line-splitter';
import { createLineSplitter } from './line-splitter';

type StreamName = LogLine['stream'];

const HEADER_BYTES = 8;
const NOTHING = Buffer.alloc(0);

/** First byte of a frame's header (moby, api/pkg/stdcopy): 3 carries an error of the engine itself. */
const STREAMS: Readonly<Record<number, StreamName | 'engine'>> = { 0: 'stdout', 1: 'stdout', 2: 'stderr', 3: 'engine' };

/** What stdout and stderr go to. */
export type StreamSinks = Readonly<Record<StreamName, ByteSink>>;

/**
 * Takes apart the stream in which the engine sends a container's stdout and stderr: frames of an 8-byte header (stream, three
 * zeros, length as big-endian uint32) and a payload (Engine API reference, "Stream format"). Frames and what arrives at once
 * have nothing to do with each other, and a frame's payload is passed on as it comes. Throws {@link EngineError} where the
 * engine reports a trouble of its own, or the bytes are no such frames.
 */
function createDemultiplexer(sinks: StreamSinks): ByteSink {
  let begun: Buffer = NOTHING;
  let stream: StreamName | 'engine' = 'stdout';
  let remaining = 0;
  let trouble = '';

  const pass = (payload: Buffer): void => {
    if (stream === 'engine') trouble += decodeCut(payload);
    else sinks[stream].write(payload);
    remaining -= payload.length;
    if (stream === 'engine' && remaining === 0) throw new EngineError('other', `the engine reports: ${trouble.trim()}`);
  };
  const takeHeader = (bytes: Buffer): Buffer => {
    const missing = HEADER_BYTES - begun.length;
    const found = bytes.subarray(0, missing);
    const header = begun.length === 0 ? found : Buffer.concat([begun, found]);
    begun = header.length === HEADER_BYTES ? NOTHING : header;
    if (begun === NOTHING) {
      stream = streamOf(header);
      remaining = header.readUInt32BE(4);
    }
    return bytes.subarray(missing);
  };
  return {
    write: (chunk) => {
      let rest = chunk;
      while (rest.length > 0) {
        if (remaining === 0) rest = takeHeader(rest);
        const payload = rest.subarray(0, remaining);
        rest = rest.subarray(payload.length);
        if (payload.length > 0) pass(payload);
      }
    },
    end: () => {
      sinks.stdout.end();
      sinks.stderr.end();
    },
  };
}

/** A container's lines, in the order in which they were finished. */
export function createLogReader(onLine: (line: LogLine) => void): ByteSink {
  const lines = (stream: StreamName): ByteSink => createLineSplitter((text) => onLine({ stream, text }));
  return createDemultiplexer({ stdout: lines('stdout'), stderr: lines('stderr') });
}

/** A container's output as text, once it has ended; each stream is cut at `maxBytes`. */
export function createOutputReader(
  maxBytes: number,
): ByteSink & { readonly text: () => { readonly stdout: string; readonly stderr: string } } {
  const kept = { stdout: new ByteBuffer(maxBytes), stderr: new ByteBuffer(maxBytes) };
  const collect = (stream: StreamName): ByteSink => ({
    write: (bytes) => kept[stream].append(bytes),
    end: () => undefined,
  });
  return {
    ...createDemultiplexer({ stdout: collect('stdout'), stderr: collect('stderr') }),
    text: () => ({ stdout: decodeCut(kept.stdout.take()), stderr: decodeCut(kept.stderr.take()) }),
  };
}

/**
 * Feeds a sink until the stream ends or `signal` aborts. Rejects when the stream breaks off, and never otherwise stays
 * silent about a lost connection. On abort the sink is not ended: half a line is no line.
 */
export async function drain(stream: NodeJS.ReadableStream, sink: ByteSink, signal?: AbortSignal): Promise<void> {
  try {
    for await (const chunk of stream) {
      if (signal?.aborted === true) return;
      sink.write(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
    }
  } catch (error) {
    if (signal?.aborted === true) return;
    throw error;
  }
  sink.end();
}

function streamOf(header: Buffer): StreamName | 'engine' {
  const stream = STREAMS[header.readUInt8(0)];
  if (stream === undefined) throw new EngineError('other', 'the engine sent output that is not in frames');
  return stream;
}
