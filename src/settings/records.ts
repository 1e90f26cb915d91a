import type { Line } from './lists';

/** A field in double quotes, in which `""` is one of them, up to the next comma or line end. */
const QUOTED = /[ \t]*"((?:[^"]|"")*)"[ \t]*(?=[,\r\n]|$)/y;
const PLAIN = /[^,\r\n]*/y;
const LINE_END = /\r\n|\r|\n/y;

/**
 * The entries of a list as docker/build-push-action reads them (docker/actions-toolkit, src/util.ts, `getList` with `ignoreComma`): one a line,
 * commas included; what stands in double quotes, name and all, may hold line ends. Each has the number of its first line.
 */
export function filledRecords(text: string): readonly Line[] {
  const records: Line[] = [];
  let fields: string[] = [];
  let number = 1;
  let first = 1;
  for (let at = 0; ;) {
    const quoted = matchAt(QUOTED, text, at);
    const [written, field] = quoted ?? [...(matchAt(PLAIN, text, at) ?? [''])];
    const whole = written ?? '';
    fields.push(field === undefined ? whole : field.replaceAll('""', '"').replace(/\r\n|\r/g, '\n'));
    number += whole.split(/\r\n|\r|\n/).length - 1;
    at += whole.length;
    if (text[at] === ',') {
      at += 1;
      continue;
    }
    records.push({ number: first, text: fields.join(',').trim() });
    const [end] = matchAt(LINE_END, text, at) ?? [];
    if (end === undefined) return records.filter((record) => record.text !== '');
    at += end.length;
    fields = [];
    number += 1;
    first = number;
  }
}

function matchAt(pattern: RegExp, text: string, at: number): readonly string[] | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
