import { codeBlock } from './escape';

/** A series of a chart; its colour is one of those that are told apart on a white and on a black page. */
export interface Series {
  readonly kind: 'bar' | 'line';
  readonly colour: Colour;
  readonly values: readonly number[];
}

/** A chart with named places on one axis and numbers on the other. */
export interface Chart {
  readonly title: string;
  readonly horizontal?: boolean;
  /** Pixels; GitHub makes it smaller where there is less room, and never larger. */
  readonly width: number;
  readonly height: number;
  /** One for each value; empty: none is shown. */
  readonly labels: readonly string[];
  /** Upper end of the numbers; the lower one is 0. */
  readonly top: number;
  /** The later ones are drawn over the earlier ones. */
  readonly series: readonly Series[];
}

/**
 * GitHub draws Mermaid in a light or a dark theme, and now and then in the wrong one. So all colours are set, to such as have
 * a contrast of 3:1 at least with a white and with a black page (WCAG 2.2, success criterion 1.4.11).
 */
const COLOURS = { blue: '#2f81f7', red: '#da3633', amber: '#bf8700', shade: '#8c959f55' } as const;
export type Colour = keyof typeof COLOURS;
const TEXT_COLOUR = '#797979';
const AXES = ['xAxis', 'yAxis'] as const;
const AXIS_PARTS = ['LabelColor', 'TitleColor', 'TickColor', 'LineColor'] as const;
const LONGEST_LABEL = 24;
/** Characters without width: Mermaid wants labels that differ, and draws all of them. */
const NOTHING = ['\u200b', '\u200c'] as const;

/** The chart as a fenced block that GitHub draws with Mermaid (https://mermaid.js.org/syntax/xyChart.html). */
export function mermaidChart(chart: Chart): string {
  const { title, labels, top, series, horizontal = false } = chart;
  return codeBlock(
    [
      `%%{init: ${JSON.stringify(configOf(chart))}}%%`,
      `xychart-beta${horizontal ? ' horizontal' : ''}`,
      `  title "${label(title, Infinity)}"`,
      `  x-axis [${labels.map((text, index) => `"${text === '' ? nothing(index) : label(text, LONGEST_LABEL)}"`).join(', ')}]`,
      `  y-axis 0 --> ${number(top)}`,
      ...series.map(({ kind, values }) => `  ${kind} [${values.map((value) => plotted(value, kind, top)).join(', ')}]`),
    ].join('\n'),
    'mermaid',
  );
}

function configOf({ width, height, series, horizontal = false }: Chart): object {
  const colours = AXES.flatMap((axis) => AXIS_PARTS.map((part) => [`${axis}${part}`, TEXT_COLOUR]));
  const axis = { labelFontSize: 13, titleFontSize: 13 };
  return {
    xyChart: {
      width,
      height,
      titleFontSize: 15,
      plotReservedSpacePercent: horizontal ? 50 : 70,
      xAxis: axis,
      yAxis: axis,
    },
    themeVariables: {
      xyChart: {
        backgroundColor: 'transparent',
        titleColor: TEXT_COLOUR,
        ...(Object.fromEntries(colours) as Record<string, string>),
        plotColorPalette: series.map(({ colour }) => COLOURS[colour]).join(', '),
      },
    },
  };
}

/** Foreign text in a label: nothing that ends a string, begins a comment or a directive, or is markup in any renderer. */
function label(text: string, longest: number): string {
  const plain = text.replace(/[^\p{L}\p{N} .,:()/-]/gu, '?');
  return plain.length > longest ? `${plain.slice(0, longest - 1)}…` : plain;
}

/** An invisible label, another one for each place. */
function nothing(index: number): string {
  return index
    .toString(2)
    .padStart(6, '0')
    .replace(/[01]/g, (bit) => NOTHING[bit === '0' ? 0 : 1]);
}

/** Mermaid draws a bar of height 0 some pixels high: one that is to be seen as nothing has to end below the axis. */
function plotted(value: number, kind: Series['kind'], top: number): string {
  return kind === 'bar' && value === 0 ? String(Number((-top / 8).toPrecision(1))) : number(value);
}

function number(value: number): string {
  return String(Number(value.toPrecision(4)));
}
