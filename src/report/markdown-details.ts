/** Sections folded behind one line. `summary` is HTML; the blank lines let Markdown be Markdown inside. */
export function details(summary: string, sections: readonly string[]): string {
  return [`<details><summary>${summary}</summary>`, ...sections, '</details>'].join('\n\n');
}
