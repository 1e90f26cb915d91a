import { describe, expect, test } from '@jest/globals';
import { labelStages } from '../../src/cluster/dockerfile-label';

const LABELS = { 'x.run': 'abc', 'x.owner': 'boot/pid:[1]/2' };
const LABEL = 'LABEL "x.run"="abc" "x.owner"="boot/pid:[1]/2"';

describe('labels of stages', () => {
  test.each([
    { name: 'one stage', lines: ['FROM a', '+', 'RUN b'] },
    { name: 'each of several stages', lines: ['FROM a AS one', '+', 'RUN b', 'from one', '+', 'COPY --from=one / /'] },
    { name: 'an ARG before FROM', lines: ['ARG BASE=a', 'FROM ${BASE}', '+'] },
    { name: 'a FROM over several lines', lines: ['FROM \\', '  a \\  ', '# why', '', '  AS one', '+', 'RUN b'] },
    { name: 'FROM as a word of another instruction', lines: ['FROM a', '+', 'RUN echo \\', 'FROM b', 'CMD c'] },
    { name: 'FROM in a comment', lines: ['# FROM x', 'FROM a', '+'] },
    {
      name: 'a backslash that the escape directive takes its meaning',
      lines: ['# escape=`', 'FROM a', '+', 'RUN c:\\', 'FROM b', '+'],
    },
    { name: 'a backtick that continues by directive', lines: ['# syntax=x', '#ESCAPE = `', 'FROM `', 'a', '+'] },
    { name: 'an escape directive that comes too late', lines: ['# words', '# escape=`', 'FROM a\\', ' AS b', '+'] },
    { name: 'Windows line ends', lines: ['FROM a \\\r', ' AS b\r', '+', 'RUN c\r'] },
    { name: 'no FROM at all', lines: ['RUN b', ''] },
  ])('$name', ({ lines }) => {
    const dockerfile = lines.filter((line) => line !== '+').join('\n');

    const labelled = labelStages(dockerfile, LABELS);

    expect(labelled.split('\n')).toEqual(lines.map((line) => (line === '+' ? LABEL : line)));
  });
});
