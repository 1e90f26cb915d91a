import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { OPERATORS, type Gate } from '../../src/settings/gates';
import { parseGates, printGate } from '../../src/settings/gate-language';
import { METRICS, type Metric } from '../../src/settings/metrics';

function gatesFrom(text: string): readonly Gate[] {
  const reading = parseGates(text);
  if (!reading.ok) throw new Error(reading.complaints.map((complaint) => complaint.text).join('\n'));
  return reading.value;
}

function complaintsFrom(text: string): readonly string[] {
  const reading = parseGates(text);
  return reading.ok ? [] : reading.complaints.map((complaint) => `${complaint.line ?? '?'}: ${complaint.text}`);
}

describe('gates', () => {
  const gate = { severity: 'fail', line: 1 } as const;
  test.each<[text: string, expected: Gate]>([
    ['failover.stall < 2s', { ...gate, metric: 'failover.stall', operator: '<', allowed: 2000, unit: 'ms' }],
    ['failover.stall<=500ms', { ...gate, metric: 'failover.stall', operator: '<=', allowed: 500, unit: 'ms' }],
    ['failover.detect < 1.001s', { ...gate, metric: 'failover.detect', operator: '<', allowed: 1001, unit: 'ms' }],
    [
      'rotation.coverage  >=\t99.5%',
      { ...gate, metric: 'rotation.coverage', operator: '>=', allowed: 99.5, unit: '%' },
    ],
    ['rotation.coverage == 100%', { ...gate, metric: 'rotation.coverage', operator: '==', allowed: 100, unit: '%' }],
    ['failover.retries > 0', { ...gate, metric: 'failover.retries', operator: '>', allowed: 0, unit: 'count' }],
    ['baseline.errors != 7', { ...gate, metric: 'baseline.errors', operator: '!=', allowed: 7, unit: 'count' }],
    ['load.lag < 80ms', { ...gate, metric: 'load.lag', operator: '<', allowed: 80, unit: 'ms' }],
    [
      'failover.crash.recover < 20s warn # slow to warm up',
      { ...gate, metric: 'failover.crash.recover', operator: '<', allowed: 20_000, unit: 'ms', severity: 'warn' },
    ],
  ])('%s', (text, expected) => {
    expect(gatesFrom(text)).toEqual([expected]);
  });

  test('comments and blank lines count as lines and hold no gate', () => {
    const text = '\n# strict\r\n\r\nfailover.errors == 0# none\n   \nload.lag < 80ms\n';
    expect(gatesFrom(text).map(({ metric, line }) => [metric, line])).toEqual([
      ['failover.errors', 4],
      ['load.lag', 6],
    ]);
  });

  test.each(['\n', '\r\n', '\r'])('%j ends a line', (end) => {
    const gates = gatesFrom(['failover.errors == 0', '', 'load.lag < 80ms'].join(end));
    expect(gates.map(({ metric, line }) => [metric, line])).toEqual([
      ['failover.errors', 1],
      ['load.lag', 3],
    ]);
  });

  test.each(['', '\n\n', '# nothing', '  #  a\n\t# b'])('%j holds none', (text) => {
    expect(gatesFrom(text)).toEqual([]);
  });
});

describe('what is no gate', () => {
  const form = 'is not a gate; give `metric operator value [warn]`, such as `failover.stall < 2s`.';
  const duration = 'give a duration, such as `500ms` or `2s`.';
  const share = 'give a share from 0% to 100%, such as `99.5%`.';
  const count = 'give a whole number without a unit, such as `0`.';
  test.each<[text: string, complaint: string]>([
    ['failover.stall', `1: "failover.stall" ${form}`],
    ['failover.stall <', `1: "failover.stall <" ${form}`],
    ['< 2s', `1: "< 2s" ${form}`],
    ['failover.stall 2s', `1: "failover.stall 2s" ${form}`],
    ['failover.stall < < 2s', `1: "failover.stall < < 2s" ${form}`],
    ['::error::x', `1: "::error::x" ${form}`],
    ['\nfailover.stal < 2s', '2: "failover.stal" is not a metric; did you mean `failover.stall`?'],
    ['rotation.Coverage == 100%', '1: "rotation.Coverage" is not a metric; did you mean `rotation.coverage`?'],
    ['__proto__ == 0', `1: "__proto__" is not a metric; give ${metricList()}.`],
    ['latency < 2s', `1: "latency" is not a metric; give ${metricList()}.`],
    ['failover.stall = 2s', '1: "=" is not an operator; give `==`, `!=`, `<`, `<=`, `>` or `>=`.'],
    ['failover.stall =< 2s', '1: "=<" is not an operator; give `==`, `!=`, `<`, `<=`, `>` or `>=`.'],
    ['failover.stall < 2', `1: \`failover.stall\`: "2" is not accepted; ${duration}`],
    ['failover.stall < 2%', `1: \`failover.stall\`: "2%" is not accepted; ${duration}`],
    ['failover.stall < 2m', `1: \`failover.stall\`: "2m" is not accepted; ${duration}`],
    ['failover.stall < -2s', `1: \`failover.stall\`: "-2s" is not accepted; ${duration}`],
    ['failover.stall < 1e3ms', `1: \`failover.stall\`: "1e3ms" is not accepted; ${duration}`],
    ['rotation.coverage == 100', `1: \`rotation.coverage\`: "100" is not accepted; ${share}`],
    ['rotation.coverage == 100.1%', `1: \`rotation.coverage\`: "100.1%" is not accepted; ${share}`],
    ['rotation.coverage == 1s', `1: \`rotation.coverage\`: "1s" is not accepted; ${share}`],
    ['failover.errors == 0%', `1: \`failover.errors\`: "0%" is not accepted; ${count}`],
    ['failover.errors == 0.5', `1: \`failover.errors\`: "0.5" is not accepted; ${count}`],
    ['failover.stall < 2 s', `1: \`failover.stall\`: "2" is not accepted; ${duration}`],
    ['failover.errors == 0 Warn', '1: "Warn" is not accepted after the value; give `warn` or nothing.'],
    ['failover.errors == 0 warn please', '1: "warn please" is not accepted after the value; give `warn` or nothing.'],
    [
      'failover.errors == 0\n\nfailover.errors <= 1',
      '3: `failover.errors` already has a gate on line 1; give each metric one.',
    ],
  ])('%j', (text, complaint) => {
    expect(complaintsFrom(text)).toEqual([complaint]);
  });

  test('every bad line is reported', () => {
    expect(complaintsFrom('a < 1\nfailover.errors == 0\nb < 2').map((complaint) => complaint.slice(0, 6))).toEqual([
      '1: "a"',
      '3: "b"',
    ]);
  });

  function metricList(): string {
    const names = METRICS.filter((metric) => metric.fault === null).map((metric) => `\`${metric.name}\``);
    return `${names.slice(0, -1).join(', ')} or ${names.at(-1) ?? ''}`;
  }
});

describe('properties', () => {
  const bounds: Readonly<Record<Gate['unit'], fc.Arbitrary<number>>> = {
    '%': fc.integer({ min: 0, max: 100_000 }).map((thousandths) => thousandths / 1000),
    ms: fc.oneof(
      fc.integer({ min: 0, max: 999_999_999_999 }),
      fc.integer({ min: 0, max: 999_999_999 }).map((thousandths) => thousandths / 1000),
    ),
    count: fc.integer({ min: 0, max: 999_999_999 }),
  };
  const gateOn = ({ name, unit }: Metric): fc.Arbitrary<Gate> =>
    fc.record({
      metric: fc.constant(name),
      operator: fc.constantFrom(...OPERATORS),
      allowed: bounds[unit],
      unit: fc.constant(unit),
      severity: fc.constantFrom('fail' as const, 'warn' as const),
      line: fc.constant(null),
    });
  const gates = fc
    .subarray([...METRICS])
    .chain((metrics) => fc.tuple(...metrics.map(gateOn)))
    .map((list): readonly Gate[] => list);

  test('what is printed is read back', () => {
    fc.assert(
      fc.property(gates, (list) => {
        expect(gatesFrom(list.map(printGate).join('\n'))).toEqual(
          list.map((gate, index) => ({ ...gate, line: index + 1 })),
        );
      }),
    );
  });

  const blank = fc.constantFrom('', ' ', '\t', '  ');
  const some = fc.constantFrom(' ', '\t', ' \t ');
  const PLAIN = { before: '', lead: '', left: ' ', right: ' ', warn: ' ', end: '' };
  const noise = fc.constantFrom('', '\n', '# gate < 1\n', '   \n\n');
  test('blanks, comments and empty lines change nothing but the number of the line', () => {
    const style = fc.record({
      before: noise,
      lead: blank,
      left: blank,
      right: blank,
      warn: some,
      end: fc.constantFrom('', ' ', '# x', ' # a < 1 warn'),
    });
    const styles = fc.array(style, { minLength: METRICS.length, maxLength: METRICS.length });
    fc.assert(
      fc.property(gates, styles, (list, given) => {
        let text = '';
        const expected = list.map((gate, index) => {
          const { before, lead, left, right, warn, end } = given[index] ?? PLAIN;
          const [metric = '', operator = '', bound = ''] = printGate(gate).split(' ');
          text += before;
          const line = text.split('\n').length;
          text += `${lead}${metric}${left}${operator}${right}${bound}${gate.severity === 'warn' ? `${warn}warn` : ''}${end}\n`;
          return { ...gate, line };
        });
        expect(gatesFrom(text)).toEqual(expected);
      }),
    );
  });

  test('one bad line among good ones is named by its number, and by nothing else', () => {
    const bad = fc.constantFrom('nonsense', 'failover.errors', 'a < 1', 'load.lag ~ 2ms', 'load.lag < 2', '=');
    fc.assert(
      fc.property(gates, bad, fc.nat(), (list, wrong, at) => {
        const lines = list.map(printGate);
        const index = at % (lines.length + 1);
        const reading = parseGates([...lines.slice(0, index), wrong, ...lines.slice(index)].join('\n'));
        expect(reading.ok ? [] : reading.complaints.map(({ line }) => line)).toEqual([index + 1]);
      }),
    );
  });

  const names = METRICS.map((metric) => metric.name);
  const garbage = fc.array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(...names, ...OPERATORS, ' ', '\n', '#', '2s', '100%', 'warn'),
    ),
    { maxLength: 30 },
  );

  test('garbage never throws, and each complaint is one line that names an existing line', () => {
    fc.assert(
      fc.property(garbage, (pieces) => {
        const text = pieces.join('');
        const lines = text.split(/\r\n|\r|\n/).length;
        const reading = parseGates(text);
        const complaints = reading.ok ? [] : reading.complaints;
        for (const complaint of complaints) {
          expect(complaint.line).toBeGreaterThanOrEqual(1);
          expect(complaint.line).toBeLessThanOrEqual(lines);
          expect(complaint.text).toMatch(/^\P{C}+$/u);
        }
        expect(reading.ok || complaints.length > 0).toBe(true);
      }),
    );
  });
});
