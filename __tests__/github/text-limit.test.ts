import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { cutText, fitSections, utf16Units, utf8Bytes } from '../../src/github/text-limit';

describe('fitSections', () => {
  const cases = [
    { name: 'all fit to the byte', sections: ['abc', 'def'], limit: 8, expected: 'abc\n\ndef' },
    { name: 'one byte too many: the last goes', sections: ['abcdef', 'ghi'], limit: 10, expected: 'abcdef\n\nNB' },
    {
      name: 'a section that fits to the byte before the note stays',
      sections: ['abcd', 'ef', 'ghijk'],
      limit: 12,
      expected: 'abcd\n\nef\n\nNB',
    },
    { name: 'two bytes each', sections: ['éé', 'éé'], limit: 9, expected: 'éé\n\nNB' },
    {
      name: 'a later small section does not overtake',
      sections: ['a', 'bbbbbbbbb', 'c'],
      limit: 8,
      expected: 'a\n\nNB',
    },
    { name: 'the first is cut when even it is too long', sections: ['abcdefgh'], limit: 7, expected: 'abc\n\nNB' },
    { name: 'never in the middle of a character', sections: ['ab🌈cdefgh'], limit: 9, expected: 'ab\n\nNB' },
    { name: 'a character that fits to the byte stays', sections: ['ab🌈cdefgh'], limit: 10, expected: 'ab🌈\n\nNB' },
    { name: 'only the note has room', sections: ['abcdef'], limit: 4, expected: 'NB' },
    { name: 'not even the note', sections: ['abcdef'], limit: 1, expected: 'N' },
    { name: 'no room at all', sections: ['abcdef'], limit: 0, expected: '' },
    { name: 'empty sections leave no gap', sections: ['', 'a', '', 'b'], limit: 99, expected: 'a\n\nb' },
    { name: 'nothing to tell', sections: [], limit: 5, expected: '' },
    {
      name: 'a lone surrogate is replaced',
      sections: ['a\ud83cb', '\udf08'],
      limit: 99,
      expected: 'a\ufffdb\n\n\ufffd',
    },
  ];

  test.each(cases)('$name', ({ sections, limit, expected }) => {
    expect(fitSections(sections, limit, 'NB')).toBe(expected);
  });

  test.each([
    { name: 'bytes', size: utf8Bytes },
    { name: 'UTF-16 units', size: utf16Units },
  ])('whatever the text, the limit is kept in $name and the text stays well formed', ({ size }) => {
    const text = fc.string({ unit: fc.constantFrom('a', 'é', '€', '🌈', '\ud83c', '\udf08', '\n') });
    fc.assert(
      fc.property(fc.array(text), fc.nat({ max: 60 }), text, (sections, limit, note) => {
        const result = fitSections(sections, limit, note, size);
        return size(result) <= limit && Buffer.from(result, 'utf8').toString('utf8') === result;
      }),
    );
  });
});

describe('cutText', () => {
  test.each([
    { text: 'abc', limit: 3, expected: 'abc' },
    { text: 'abc', limit: 2, expected: 'ab' },
    { text: '🌈🌈', limit: 7, expected: '🌈' },
    { text: '', limit: 0, expected: '' },
  ])('$text at $limit bytes', ({ text, limit, expected }) => {
    expect(cutText(text, limit)).toBe(expected);
  });
});
