import { NginxSyntaxError } from './syntax-error';

/** A stretch of one file: character offsets [start, end), and the 1-based line of `start`. */
export interface Extent {
  readonly start: number;
  readonly end: number;
  readonly line: number;
}

/** What stands up to the next `;`, `{` or `}`; `words` are unquoted, the first is the directive's name. */
export type Statement =
  | (Extent & { readonly kind: 'simple' | 'block-start'; readonly name: string; readonly args: readonly string[] })
  | (Extent & { readonly kind: 'block-end' })
  | { readonly kind: 'end' };

const BLANK = new Set([' ', '\t', '\r', '\n']);
const TERMINATORS = new Set([';', '{']);

/**
 * Reads statements the way NGINX does: `ngx_conf_read_token` in NGINX's src/core/ngx_conf_file.c. Its rules: a quote or
 * a `#` means something only at the start of a word; a backslash protects the next character anywhere; `${` does not
 * open a block; after a closing quote only a blank, `;`, `{` or `)` may stand.
 */
export class StatementReader {
  private offset = 0;
  private line = 1;

  constructor(
    private readonly text: string,
    private readonly file: string,
  ) {}

  /** The next statement. Throws {@link NginxSyntaxError} in NGINX's own words. */
  next(): Statement {
    const words: string[] = [];
    let start = 0;
    let line = 0;
    for (;;) {
      this.skipBlanksAndComments();
      const char = this.peek();
      if (char === undefined) {
        if (words.length > 0) throw this.unexpectedEnd();
        return { kind: 'end' };
      }
      if (words.length === 0) [start, line] = [this.offset, this.line];
      if (char === '}') {
        if (words.length > 0) throw this.unexpected(char);
        this.advance();
        return { kind: 'block-end', start, end: this.offset, line };
      }
      if (TERMINATORS.has(char)) {
        const [name, ...args] = words;
        if (name === undefined) throw this.unexpected(char);
        this.advance();
        return { kind: char === ';' ? 'simple' : 'block-start', name, args, start, end: this.offset, line };
      }
      words.push(char === '"' || char === "'" ? this.readQuoted(char) : this.readBare());
    }
  }

  /** An error at the line read last. */
  error(message: string): NginxSyntaxError {
    return new NginxSyntaxError(message, this.file, this.line);
  }

  private readQuoted(quote: string): string {
    this.advance();
    const start = this.offset;
    for (;;) {
      const char = this.peek();
      if (char === undefined) throw this.unexpectedEnd();
      if (char === quote) break;
      this.advanceEscaped(char);
    }
    const word = undoEscapes(this.text.slice(start, this.offset));
    this.advance();
    const after = this.peek();
    if (after !== undefined && after !== ')' && !BLANK.has(after) && !TERMINATORS.has(after)) {
      throw this.unexpected(after);
    }
    return word;
  }

  private readBare(): string {
    const start = this.offset;
    let afterDollar = false;
    for (;;) {
      const char = this.peek();
      if (char === undefined) throw this.unexpectedEnd();
      if (BLANK.has(char) || char === ';' || (char === '{' && !afterDollar)) break;
      afterDollar = char === '$' || (char === '{' && afterDollar);
      this.advanceEscaped(char);
    }
    return undoEscapes(this.text.slice(start, this.offset));
  }

  private skipBlanksAndComments(): void {
    let inComment = false;
    for (;;) {
      const char = this.peek();
      if (char === undefined) return;
      if (char === '#') inComment = true;
      else if (char === '\n') inComment = false;
      else if (!inComment && !BLANK.has(char)) return;
      this.advance();
    }
  }

  private peek(): string | undefined {
    return this.text[this.offset];
  }

  private advance(): void {
    if (this.text[this.offset] === '\n') this.line += 1;
    this.offset += 1;
  }

  private advanceEscaped(char: string): void {
    this.advance();
    if (char !== '\\') return;
    if (this.peek() === undefined) throw this.unexpectedEnd();
    this.advance();
  }

  private unexpected(char: string): NginxSyntaxError {
    return this.error(`unexpected "${char}"`);
  }

  private unexpectedEnd(): NginxSyntaxError {
    return this.error('unexpected end of file, expecting ";" or "}"');
  }
}

const CONTROL_ESCAPES: Readonly<Record<string, string>> = { t: '\t', r: '\r', n: '\n' };

/** Only these six escapes are undone, in quotes or out of them; before anything else a backslash stays. */
function undoEscapes(raw: string): string {
  return raw.replace(/\\(["'\\trn])/g, (_, escaped: string) => CONTROL_ESCAPES[escaped] ?? escaped);
}
