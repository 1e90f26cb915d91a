import type uPlot from 'uplot';
import { quantity } from '../../quantities';
import type { Points } from './points';

/** How near the pointer must be, in CSS pixels. */
const NEAR = 24;

const KINDS = ['answered', 'answered after a retry', 'failed', 'without an end'];

/** Tells which request is the one nearest to the pointer. */
export function readoutPlugin(points: Points, replicas: readonly string[], place: HTMLElement): uPlot.Plugin {
  return {
    hooks: {
      setCursor: (chart) => {
        const index = nearest(chart, points);
        place.textContent = index === null ? '' : words(points, replicas, index);
      },
    },
  };
}

function nearest(chart: uPlot, { at, wait }: Points): number | null {
  const { left = -1, top = -1, idx } = chart.cursor;
  if (left < 0 || top < 0 || idx === null || idx === undefined) return null;
  let [best, least] = [-1, NEAR];
  const look = (index: number): boolean => {
    const across = Math.abs(chart.valToPos(at[index] ?? 0, 'x') - left);
    const distance = Math.hypot(across, chart.valToPos(wait[index] ?? 1, 'y') - top);
    if (distance < least) [best, least] = [index, distance];
    return across <= NEAR;
  };
  // Points are in the order of time: from the pointer on to both sides, as far as one can still be near.
  for (let index = idx; index >= 0 && look(index); index -= 1);
  for (let index = idx + 1; index < at.length && look(index); index += 1);
  return best < 0 ? null : best;
}

function words({ at, wait, server, kind }: Points, replicas: readonly string[], index: number): string {
  const who = replicas[server[index] ?? -1] ?? 'no replica';
  const when = `due at ${(at[index] ?? 0).toFixed(2)} s`;
  return `${who} · ${when} · waited ${quantity(wait[index] ?? 0, 'ms')} · ${KINDS[kind[index] ?? 0] ?? ''}`;
}
