import { describe, expect, test } from '@jest/globals';
import { unseenIn, withUnseenShown } from '../../../src/cluster/nginx/unseen';

describe('characters that editors do not show', () => {
  test.each([
    { what: 'none', text: 'unknown directive "usr"', code: null, shown: 'unknown directive "usr"' },
    { what: 'letters of any script are seen', text: '"Größe – 東京"', code: null, shown: '"Größe – 東京"' },
    { what: 'a byte order mark', text: '"\uFEFFuser"', code: 'U+FEFF', shown: '"<U+FEFF>user"' },
    { what: 'a no-break space', text: '"listen\u00A080"', code: 'U+00A0', shown: '"listen<U+00A0>80"' },
    { what: 'two', text: '"\u200Ba\u2060"', code: 'U+200B', shown: '"<U+200B>a<U+2060>"' },
  ])('$what', ({ text, code, shown }) => {
    expect(unseenIn(text)?.code ?? null).toBe(code);
    expect(withUnseenShown(text)).toBe(shown);
  });

  test.each(['\u00A0', '\u200B', '\u200C', '\u200D', '\u2060', '\uFEFF'])('each has a name and a fix: %j', (one) => {
    expect(unseenIn(one)).toEqual({
      code: expect.stringMatching(/^U\+[0-9A-F]{4}$/) as unknown,
      name: expect.stringMatching(/^[a-z]/) as unknown,
      fix: expect.stringMatching(/\.$/) as unknown,
    });
  });
});
