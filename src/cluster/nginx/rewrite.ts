import { perlRegex } from './location';
import type { Directive } from './syntax';

/** What a `rewrite` makes of a path. */
export type Rewriting =
  | { readonly kind: 'path'; readonly path: string; readonly flag: 'last' | 'break' | null }
  /** The client is sent elsewhere. */
  | { readonly kind: 'redirect' }
  /** It depends on what only a request tells. */
  | { readonly kind: 'unknown' };

/** What this `rewrite` makes of a path; null: it leaves it alone (`ngx_http_rewrite` in NGINX's src/http/modules/ngx_http_rewrite_module.c). */
export function rewritten({ args: [regex = '', replacement = '', flag] }: Directive, path: string): Rewriting | null {
  const expression = perlRegex(regex, false);
  if (expression === null) return { kind: 'unknown' };
  const found = expression.exec(path);
  if (found === null) return null;
  if (flag === 'redirect' || flag === 'permanent' || /^(https?:\/\/|\$scheme)/i.test(replacement))
    return { kind: 'redirect' };
  const filled = pathOf(replacement, path, found);
  if (filled === null) return { kind: 'unknown' };
  return { kind: 'path', path: filled, flag: flag === 'last' || flag === 'break' ? flag : null };
}

/** A path as a directive writes it, with `$uri` and what an expression has found filled in, and without its query; null: that is not all. */
export function pathOf(written: string, path: string, found: readonly (string | undefined)[] = []): string | null {
  const filled = written
    .replace(/(\?|\$\{?is_args\b).*$/s, '')
    .replaceAll(/\$(?:\{(?:document_)?uri\}|(?:document_)?uri\b|(\d))/g, (_, group?: string) =>
      group === undefined ? path : (found[Number(group)] ?? ''),
    );
  return filled.startsWith('/') && !filled.includes('$') ? filled : null;
}
