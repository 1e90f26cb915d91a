import type uPlot from 'uplot';
import type { PageScenario } from '../page-data';
import type { Shown } from './legend';
import { color } from './palette';
import type { Points } from './points';

/** The longest wait that a gate allows. */
export function boundPlugin(bound: PageScenario['bound']): uPlot.Plugin {
  if (bound === null) return { hooks: {} };
  return {
    hooks: {
      draw: (chart) => {
        const { ctx: context, bbox } = chart;
        const scale = context.canvas.width / chart.width;
        const y = Math.round(chart.valToPos(bound.ms, 'y', true)) + 0.5;
        context.save();
        context.strokeStyle = color('bad');
        context.fillStyle = color('bad');
        context.lineWidth = scale;
        context.beginPath();
        context.moveTo(bbox.left, y);
        context.lineTo(bbox.left + bbox.width, y);
        context.stroke();
        context.font = `${12 * scale}px system-ui, sans-serif`;
        context.textAlign = 'right';
        context.textBaseline = 'alphabetic';
        context.fillText(bound.label, bbox.left + bbox.width - 4 * scale, y - 4 * scale);
        context.restore();
      },
    },
  };
}

/** Rings around retried requests, crosses for failed ones: told by their shape, not by color alone. */
export function outcomePlugin({ at, wait, kind, server }: Points, shown: Shown): uPlot.Plugin {
  return {
    hooks: {
      draw: (chart) => {
        const { ctx: context, bbox } = chart;
        const scale = context.canvas.width / chart.width;
        context.save();
        context.beginPath();
        context.rect(bbox.left, bbox.top, bbox.width, bbox.height);
        context.clip();
        context.lineWidth = 1.6 * scale;
        at.forEach((instant, index) => {
          const what = kind[index] ?? 0;
          if (what === 0 || (what === 1 ? !shown.retried : !shown.failed)) return;
          if (what === 1 && !(shown.replicas[server[index] ?? -1] ?? true)) return;
          const x = chart.valToPos(instant, 'x', true);
          if (x < bbox.left - 10 || x > bbox.left + bbox.width + 10) return;
          const y = chart.valToPos(wait[index] ?? 1, 'y', true);
          context.strokeStyle = color(what === 1 ? 'warn' : what === 2 ? 'bad' : 'muted');
          context.beginPath();
          if (what === 1) context.arc(x, y, 4.5 * scale, 0, 2 * Math.PI);
          else cross(context, x, y, 4 * scale);
          context.stroke();
        });
        context.restore();
      },
    },
  };
}

function cross(context: CanvasRenderingContext2D, x: number, y: number, size: number): void {
  context.moveTo(x - size, y - size);
  context.lineTo(x + size, y + size);
  context.moveTo(x + size, y - size);
  context.lineTo(x - size, y + size);
}
