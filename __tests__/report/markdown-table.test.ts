import { expect, test } from '@jest/globals';
import { codeSpan } from '../../src/report/escape';
import { markdownTable, strongRow } from '../../src/report/markdown-table';

const COLUMNS = [{ title: 'Name' }, { title: 'Wait', right: true }];

test('a table has its numbers on the right, each beside its unit', () => {
  expect(markdownTable(COLUMNS, [['app1', '3 ms']])).toBe('| Name | Wait |\n| :-- | --: |\n| app1 | 3\u00a0ms |');
});

test('a pipe in a code span stays in its cell', () => {
  expect(markdownTable(COLUMNS, [[codeSpan('a|b'), '']])).toContain('| `a\\|b` |  |');
});

test('a strong row has no stars where nothing is', () => {
  expect(strongRow(['fail', ''])).toEqual(['**fail**', '']);
});
