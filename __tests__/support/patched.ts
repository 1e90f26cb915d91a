const UNENDED = '\\ No newline at end of file';

/** Applies a unified diff as `patch` does; throws where a number or a line in it is not right. What comes of it ends with a line end. */
export function patched(text: string, diff: string): string {
  const isUnended = !text.endsWith('\n');
  const old = text.split('\n').slice(0, isUnended ? undefined : -1);
  const result: string[] = [];
  let at = 0;
  for (const hunk of diff.split(/^(?=@@ )/m)) {
    const [head = '', ...marked] = hunk.replace(/\n$/, '').split('\n');
    const lines = marked.filter((line) => line !== UNENDED);
    const [from = 0, count = 0, to = 0, newCount = 0] = (head.match(/\d+/g) ?? []).map(Number);
    result.push(...old.slice(at, from - 1));
    const before = lines.filter((line) => !line.startsWith('+')).map((line) => line.slice(1));
    const after = lines.filter((line) => !line.startsWith('-')).map((line) => line.slice(1));
    const found = old.slice(from - 1, from - 1 + count);
    if (result.length + 1 !== to || before.length !== count || after.length !== newCount) {
      throw new Error(`wrong numbers: ${hunk}`);
    }
    if (found.join('\n') !== before.join('\n')) throw new Error(`not what stands there: ${hunk}`);
    const unended = marked.findIndex((line) => line === UNENDED);
    const isLastTold = unended > 0 && marked[unended - 1]?.slice(1) === old.at(-1);
    if ((isUnended && from - 1 + count === old.length) !== isLastTold) throw new Error(`wrong end: ${hunk}`);
    result.push(...after);
    at = from - 1 + count;
  }
  return [...result, ...old.slice(at), ''].join('\n');
}
