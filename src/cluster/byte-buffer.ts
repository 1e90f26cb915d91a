import { StringDecoder } from 'node:string_decoder';

/** Small pieces are joined once there are this many: a million one-byte buffers cost far more than a million bytes. */
const MAX_PIECES = 1024;

/** Collects bytes up to a limit; what comes after it is dropped. */
export class ByteBuffer {
  private pieces: Buffer[] = [];
  private size = 0;

  constructor(private readonly maxBytes: number) {}

  append(bytes: Buffer): void {
    const kept = bytes.subarray(0, this.maxBytes - this.size);
    if (kept.length === 0) return;
    this.pieces.push(kept);
    this.size += kept.length;
    if (this.pieces.length > MAX_PIECES) this.pieces = [Buffer.concat(this.pieces, this.size)];
  }

  get length(): number {
    return this.size;
  }

  /** The bytes, and an empty buffer again. */
  take(): Buffer {
    const bytes = Buffer.concat(this.pieces, this.size);
    this.pieces = [];
    this.size = 0;
    return bytes;
  }
}

/** Decodes UTF-8 that was cut anywhere: half a character at the end is left out. */
export function decodeCut(bytes: Buffer): string {
  return new StringDecoder('utf8').write(bytes);
}
