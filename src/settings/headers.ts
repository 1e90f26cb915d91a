import { createFirstLines, filledLines } from './lists';
import { accepted, refused, together, type Reader } from './reading';

/** A name as RFC 9110, section 5.6.2, has it; and what a value may hold, section 5.5, without what only some servers take. */
const LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[\t ]*([\t\x20-\x7e]*)$/;
const LONGEST = 4_000;

/** What a request says by itself, and what it would no longer be the same request with. */
const RESERVED: ReadonlySet<string> = new Set([
  ...['connection', 'content-length', 'content-type', 'expect', 'keep-alive', 'proxy-connection'],
  ...['te', 'trailer', 'transfer-encoding', 'upgrade'],
]);
const OWN = 'x-lb-cluster-';

const FORMS = '`Name: value`, such as `X-Forwarded-Proto: https`, of printable ASCII characters';

/** `Name: value` lines; the value, which may be a secret, is never shown. */
export const requestHeaders: Reader<readonly (readonly [name: string, value: string])[]> = (text) => {
  const firstLineOf = createFirstLines();
  return together(
    filledLines(text).map(({ text: line, number }) => {
      const [, name = '', value = ''] = LINE.exec(line.slice(0, LONGEST + 1)) ?? [];
      if (name === '' || line.length > LONGEST)
        return refused(`the line (not shown) is not accepted; give ${FORMS}.`, number);
      const key = name.toLowerCase();
      if (key === 'host') return refused('`Host` is the input `host`; give it there.', number);
      if (RESERVED.has(key) || key.startsWith(OWN)) {
        return refused(`\`${name}\` belongs to each request itself; give another header.`, number);
      }
      const first = firstLineOf(key, number);
      return first === null
        ? accepted([name, value] as const)
        : refused(`\`${name}\` is already given on line ${first}.`, number);
    }),
  );
};
