/** Applies a unified diff as `patch` does; throws where a number or a line in it is not right. */
export function patched(text: string, diff: string): string {
  const old = text.split('\n').slice(0, -1);
  const result: string[] = [];
  let at = 0;
  for (const hunk of diff.split(/^(?=@@ )/m)) {
    const [head = '', ...lines] = hunk.replace(/\n$/, '').split('\n');
    const [from = 0, count = 0, to = 0, newCount = 0] = (head.match(/\d+/g) ?? []).map(Number);
    result.push(...old.slice(at, from - 1));
    const before = lines.filter((line) => !line.startsWith('+')).map((line) => line.slice(1));
    const after = lines.filter((line) => !line.startsWith('-')).map((line) => line.slice(1));
    const found = old.slice(from - 1, from - 1 + count);
    if (result.length + 1 !== to || before.length !== count || after.length !== newCount) {
      throw new Error(`wrong numbers: ${hunk}`);
    }
    if (found.join('\n') !== before.join('\n')) throw new Error(`not what stands there: ${hunk}`);
    result.push(...after);
    at = from - 1 + count;
  }
  return [...result, ...old.slice(at), ''].join('\n');
}
