import { ByteBuffer, decodeCut } from './byte-buffer';

/** Takes bytes as they come, until the `end`. */
export interface ByteSink {
  write(bytes: Buffer): void;
  end(): void;
}

/** A longer line is cut: whatever a container writes, memory stays bounded. */
const MAX_LINE_BYTES = 1024 * 1024;

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/**
 * Cuts UTF-8 bytes into lines, without their line breaks (`\n` or `\r\n`), however the bytes are chopped up. `end` gives
 * out what stands after the last line break. A line of more than `maxBytes` loses the rest.
 */
export function createLineSplitter(onLine: (text: string) => void, maxBytes = MAX_LINE_BYTES): ByteSink {
  // One byte more than a line may have tells that it was too long.
  const pending = new ByteBuffer(maxBytes + 1);

  const flush = (): void => {
    const line = pending.take();
    onLine(line.length > maxBytes ? decodeCut(line.subarray(0, maxBytes)) : withoutReturn(line).toString('utf8'));
  };
  return {
    write: (bytes) => {
      let start = 0;
      for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, start)) {
        pending.append(bytes.subarray(start, end));
        flush();
        start = end + 1;
      }
      pending.append(bytes.subarray(start));
    },
    end: () => {
      if (pending.length > 0) flush();
    },
  };
}

function withoutReturn(line: Buffer): Buffer {
  return line.at(-1) === CARRIAGE_RETURN ? line.subarray(0, -1) : line;
}
