import type uPlot from 'uplot';
import type { PageScenario } from '../page-data';
import { color } from './palette';

/** Rows of labels above the chart, and the height of one, in CSS pixels. */
const ROWS = 3;
const ROW_HEIGHT = 15;
/** Room that the labels need above the chart, in CSS pixels. */
export const LABEL_ROOM = ROWS * ROW_HEIGHT + 4;

/** Shades the time in which something was broken, and marks the moments at which something was done. */
export function momentsPlugin({ marks, spans }: PageScenario, labelled: boolean): uPlot.Plugin {
  return {
    hooks: {
      drawClear: (chart) =>
        clipped(chart, (context) =>
          spans.forEach((span) => shade(chart, context, labelled ? span : { ...span, label: null })),
        ),
      draw: (chart) => {
        clipped(chart, (context) => marks.forEach(({ at }) => line(chart, context, at)));
        if (labelled) labels(chart, marks);
      },
    },
  };
}

function clipped(chart: uPlot, draw: (context: CanvasRenderingContext2D) => void): void {
  const { ctx: context, bbox } = chart;
  context.save();
  context.beginPath();
  context.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  context.clip();
  draw(context);
  context.restore();
}

function shade(
  chart: uPlot,
  context: CanvasRenderingContext2D,
  { from, to, label }: PageScenario['spans'][number],
): void {
  const [left, right] = [chart.valToPos(from / 1_000, 'x', true), chart.valToPos(to / 1_000, 'x', true)];
  context.fillStyle = color('span');
  context.fillRect(left, chart.bbox.top, right - left, chart.bbox.height);
  if (label === null) return;
  context.font = `${11 * ratio(chart)}px system-ui, sans-serif`;
  context.fillStyle = color('muted');
  context.textAlign = 'center';
  context.textBaseline = 'top';
  context.fillText(label, (left + right) / 2, chart.bbox.top + 3 * ratio(chart));
}

function line(chart: uPlot, context: CanvasRenderingContext2D, at: number): void {
  const x = Math.round(chart.valToPos(at / 1_000, 'x', true)) + 0.5;
  context.strokeStyle = color('ink');
  context.lineWidth = ratio(chart);
  context.setLineDash([4 * ratio(chart), 3 * ratio(chart)]);
  context.beginPath();
  context.moveTo(x, chart.bbox.top);
  context.lineTo(x, chart.bbox.top + chart.bbox.height);
  context.stroke();
}

/** Above the chart, one row higher where the one before would be in the way. */
function labels(chart: uPlot, marks: PageScenario['marks']): void {
  const { ctx: context, bbox } = chart;
  const scale = ratio(chart);
  const ends = Array.from({ length: ROWS }, () => -Infinity);
  context.save();
  context.font = `${12 * scale}px system-ui, sans-serif`;
  context.fillStyle = color('ink');
  context.textAlign = 'left';
  context.textBaseline = 'alphabetic';
  for (const { at, label } of marks) {
    const x = chart.valToPos(at / 1_000, 'x', true);
    if (x < bbox.left - 1 || x > bbox.left + bbox.width + 1) continue;
    const words = `${label} ${(at / 1_000).toFixed(1)} s`;
    const width = context.measureText(words).width;
    const left = Math.min(Math.max(bbox.left, x - width / 2), bbox.left + bbox.width - width);
    const row = Math.max(
      0,
      ends.findIndex((end) => left > end + 6 * scale),
    );
    ends[row] = left + width;
    const bottom = bbox.top - (row * ROW_HEIGHT + 5) * scale;
    context.fillText(words, left, bottom);
  }
  context.restore();
}

/** Pixels of the canvas for one of CSS. */
function ratio(chart: uPlot): number {
  return chart.ctx.canvas.width / chart.width;
}
