import { StatementReader, type Statement } from './token';
import { NginxSyntaxError } from './syntax-error';

export { NginxSyntaxError } from './syntax-error';

/** One directive, with the place where it is written. Offsets count the characters of the file's text. */
export interface Directive {
  readonly name: string;
  /** Unquoted and unescaped. */
  readonly args: readonly string[];
  readonly file: string;
  /** Line of the name, from 1. */
  readonly line: number;
  /** Offset of the first character. */
  readonly start: number;
  /** Offset after the closing `;` or `}`. */
  readonly end: number;
  /** null: a simple directive, one that ends in `;`. */
  readonly block: readonly Directive[] | null;
  /** Offset after the opening `{`; null: a simple directive. */
  readonly blockStart: number | null;
  /** Offset of the closing `}`; null: a simple directive. */
  readonly blockEnd: number | null;
}

/** NGINX itself has no limit; a hostile file must not exhaust the stack of whoever walks the tree. */
const MAX_DEPTH = 100;

interface OpenBlock {
  readonly opening: Extract<Statement, { readonly kind: 'simple' | 'block-start' }>;
  readonly children: Directive[];
}

/**
 * The directives of one configuration file, `include` not followed. Throws {@link NginxSyntaxError} wherever NGINX
 * would refuse the syntax (src/core/ngx_conf_file.c, `ngx_conf_parse` and `ngx_conf_read_token`); which directives
 * exist, and with what arguments, is not checked here. `*_by_lua_block` is not NGINX syntax and is not understood.
 */
export function parseConfig(text: string, file: string): readonly Directive[] {
  const reader = new StatementReader(text, file);
  const top: Directive[] = [];
  const open: OpenBlock[] = [];
  for (;;) {
    const statement = reader.next();
    const siblings = open.at(-1)?.children ?? top;
    switch (statement.kind) {
      case 'simple': {
        const { name, args, line, start, end } = statement;
        siblings.push({ name, args, file, line, start, end, block: null, blockStart: null, blockEnd: null });
        break;
      }
      case 'block-start':
        if (open.length === MAX_DEPTH) {
          throw new NginxSyntaxError(`blocks nested more than ${MAX_DEPTH} deep`, file, statement.line);
        }
        open.push({ opening: statement, children: [] });
        break;
      case 'block-end': {
        const block = open.pop();
        if (block === undefined) throw reader.error('unexpected "}"');
        const { name, args, line, start, end: blockStart } = block.opening;
        (open.at(-1)?.children ?? top).push({
          ...{ name, args, file, line, start, end: statement.end },
          ...{ block: block.children, blockStart, blockEnd: statement.start },
        });
        break;
      }
      case 'end':
        if (open.length > 0) throw reader.error('unexpected end of file, expecting "}"');
        return top;
    }
  }
}

/** Directives with all that is in their blocks, in the order in which they are written, blocks before what is in them. */
export function flattened(directives: readonly Directive[]): readonly Directive[] {
  return directives.flatMap((directive) => [directive, ...flattened(directive.block ?? [])]);
}
