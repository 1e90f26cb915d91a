/** A color of the style sheet as it is now, by light or dark. */
export function color(name: 'ink' | 'muted' | 'line' | 'bad' | 'warn' | 'span'): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** Hues that are left for replicas: red means failed. */
const FIRST_HUE = 75;
const HUES = 270;

/** The color of one of several replicas: as far apart as their number allows, and legible on light and on dark. */
export function replicaColor(index: number, count: number): string {
  if (index < 0) return color('muted');
  const hue = FIRST_HUE + (HUES * index) / Math.max(1, count);
  const lightness = isDark() ? 0.78 : 0.55;
  // Neighbours of many replicas also differ in how strong they are.
  const chroma = count > 6 && index % 2 === 1 ? 0.08 : 0.15;
  return `oklch(${lightness} ${chroma} ${hue.toFixed(0)})`;
}

const DARK = window.matchMedia('(prefers-color-scheme: dark)');

function isDark(): boolean {
  return DARK.matches;
}

/** Calls whoever drew with these colors when they change. */
export function onColorsChanged(redraw: () => void): void {
  DARK.addEventListener('change', redraw);
}
