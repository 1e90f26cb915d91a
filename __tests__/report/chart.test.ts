import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { mermaidChart } from '../../src/report/chart';
import type { ReportScenario } from '../../src/report/schema';
import { timelineChart } from '../../src/report/timeline-chart';
import { largeExample, passExample } from './examples';
import { failing, gate, markdownOf, passing } from './reports';

const CHART = { title: 'Waits', width: 600, height: 260, top: 10 } as const;

describe('a chart', () => {
  const chart = mermaidChart({
    ...CHART,
    labels: ['app1', '', ''],
    series: [{ kind: 'bar', colour: 'blue', values: [5, 0, 1.23456] }],
  });

  test('is a block that GitHub draws, with colours for a white and a black page', () => {
    expect(chart).toMatch(/^```mermaid\n%%\{init: \{"xyChart":.*"backgroundColor":"transparent".*\}%%\nxychart-beta\n/);
    expect(chart).toContain('\n  y-axis 0 --> 10\n');
  });

  test('draws a bar of nothing below the axis, and long numbers short', () => {
    expect(chart).toContain('\n  bar [5, -1, 1.235]\n');
  });

  test('has a label of its own for each place, those without a word in characters that nobody sees', () => {
    const [, list = ''] = /x-axis \[(.*)\]/.exec(chart) ?? [];
    const labels = list.split(', ');
    expect(labels[0]).toBe('"app1"');
    expect(new Set(labels).size).toBe(3);
    expect(
      labels
        .slice(1)
        .join('')
        .replace(/[\u200b\u200c"]/g, ''),
    ).toBe('');
  });

  test.each([['"] \n bar [1]'], ['%%{init: {}}%%'], ['```\nend'], ['#quot;<b>&lt;']])(
    'a label is no markup: %j',
    (text) => {
      const hostile = mermaidChart({ ...CHART, labels: [text], series: [] });
      const [, inside = ''] = /x-axis \["(.*)"\]\n/.exec(hostile) ?? [];
      expect(inside).toMatch(/^[\p{L}\p{N} .,:()/?…-]+$/u);
    },
  );

  test('whatever its labels, it has as many lines', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => {
        const hostile = mermaidChart({ ...CHART, title: text, labels: [text], series: [] });
        expect(hostile.split('\n')).toHaveLength(7);
      }),
    );
  });
});

describe('the timeline of a scenario', () => {
  const crash = (changes: Partial<ReportScenario> = {}): ReportScenario => {
    const found = passing().scenarios.find(({ fault }) => fault !== null);
    if (found === undefined) throw new Error('a report without a fault');
    return { ...found, ...changes };
  };

  test('of a calm one has its waits, and no bound that lies far above them', () => {
    const chart = timelineChart(crash());
    expect(chart).toContain('title "Longest wait of clients, in milliseconds"');
    expect(chart).not.toContain('line [');
  });

  test('of one that failed requests has these, above them those that NGINX saved', () => {
    const { counts, timeline, gates } = crash();
    const troubled = timeline.map((one, index) => (index === 10 ? { ...one, errors: 3, retried: 2 } : one));
    const scenario = crash({ counts: { ...counts, errors: 3 }, timeline: troubled, gates });
    const chart = timelineChart(scenario) ?? '';
    expect(chart).toContain('title "Requests in trouble"');
    const [, saved = '', failed = ''] = [...chart.matchAll(/\n {2}bar \[(.*)\]/g)].map(([, list]) => list);
    expect(saved.split(', ')[10]).toBe('5');
    expect(failed.split(', ')[10]).toBe('3');
    expect(timelineChart({ ...scenario, counts: { ...counts, errors: 3, excused: 3 } })).toContain('Longest wait');
    const stalled = gate({ metric: 'failover.stall', outcome: 'fail' });
    expect(timelineChart({ ...scenario, gates: [stalled] })).toContain('Longest wait');
  });

  test('of one without traffic is none', () => {
    expect(timelineChart(crash({ counts: { ...crash().counts, requests: 0 } }))).toBeNull();
  });

  test('of a rolling update has its span', () => {
    const rollout = passExample().scenarios.find(({ name }) => name === 'rollout');
    expect(rollout === undefined ? null : timelineChart(rollout)).toMatch(
      /"begins"[^]*"ends"[^]*grey: the rolling update, from 2.5 s to 7.3 s\.<\/sub>$/,
    );
  });
});

test('however many scenarios there are, charts stay few', () => {
  const markdown = markdownOf(largeExample({ replicas: 16, rate: 50, config: 'good', lasts: 13 }));
  expect(markdown.match(/```mermaid/g)?.length).toBeLessThanOrEqual(6);
  expect(markdownOf(failing()).match(/```mermaid/g)).toHaveLength(2);
});
