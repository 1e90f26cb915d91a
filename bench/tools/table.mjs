/** Numbers and tables as Markdown. */

export function table(head, rows) {
  const line = (cells) =>
    `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|').replace(/\s+/g, ' ')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

export function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

/** A figure against its bound: `0.8 (at most 1.3: kept)`. */
export function bounded(value, bound, show = String) {
  return `${show(value)} (at most ${show(bound)}: ${value <= bound ? 'kept' : '**not kept**'})`;
}

export const oneDecimal = (value) => value.toFixed(1);
export const twoDecimals = (value) => value.toFixed(2);
export const whole = (value) => value.toFixed(0);
export const seconds = (value) => `${value.toFixed(1)} s`;
