import { expect, test } from '@jest/globals';
import { adviceForAnswer } from '../../src/cluster/unready-answer';

const answer = (status: number, location?: string): Parameters<typeof adviceForAnswer>[0] => ({
  ...{ kind: 'status', status },
  ...(location === undefined ? {} : { location }),
});

test.each([
  { what: 'a host that Django does not know', given: answer(400), advice: /input host/ },
  {
    what: 'a host that Rails does not know, or a client',
    given: answer(403),
    advice: /input host.*input request-headers/,
  },
  { what: 'a client that it does not know', given: answer(401), advice: /^where it wants to know who asks/ },
  { what: 'a path that it does not know', given: answer(404), advice: /input health-path/ },
  { what: 'HTTPS', given: answer(301, 'https://shop.example.com/'), advice: /X-Forwarded-Proto: https/ },
  { what: 'a page to sign in', given: answer(302, '/login'), advice: /on to "\/login".*input health-path/ },
  {
    what: 'another protocol',
    given: { kind: 'none' as const, why: 'socket hang up', taken: false },
    advice: /php-fpm.*http-socket/,
  },
])('$what', ({ given, advice }) => {
  expect(adviceForAnswer(given)).toMatch(advice);
});

test.each([
  { what: 'an app that cannot serve yet', given: answer(503) },
  { what: 'silence', given: { kind: 'none' as const, why: 'no answer within 2000 ms', taken: true } },
])('nothing is known of $what', ({ given }) => {
  expect(adviceForAnswer(given)).toBeNull();
});
