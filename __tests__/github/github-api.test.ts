import { describe, expect, test } from '@jest/globals';
import { loadDescription } from '../support/github-api/description';
import { ACTIONS_BOT, startGithubApi } from '../support/github-api/github-api';
import { commentRecord } from '../support/github-api/records';

const COMMENTS = '/repos/octo-org/shop/issues/7/comments';
const HEADERS = { authorization: 'token t', 'user-agent': 'test' };

/** Sends one request to a fresh fake; what the fake thinks of it is the rejection of its stop, '' when all is well. */
async function judge(method: string, path: string, body?: string): Promise<{ status: number; complaint: string }> {
  const github = await startGithubApi();
  const { status } = await fetch(github.url + path, {
    method,
    headers: HEADERS,
    ...(body === undefined ? {} : { body }),
  });
  const complaint = await github.stop().then(
    () => '',
    (error: unknown) => String(error),
  );
  return { status, complaint };
}

describe("requests are held against GitHub's description", () => {
  test.each([
    { name: 'a described one', method: 'GET', path: `${COMMENTS}?per_page=100&page=1`, status: 200, complaint: '' },
    {
      name: 'a page that is no number',
      method: 'GET',
      path: `${COMMENTS}?page=one`,
      status: 400,
      complaint: 'must be integer',
    },
    {
      name: 'a parameter that is not described',
      method: 'GET',
      path: `${COMMENTS}?sort=asc`,
      status: 400,
      complaint: 'sort is not described',
    },
    {
      name: 'an issue that is no number',
      method: 'GET',
      path: COMMENTS.replace('7', 'x'),
      status: 400,
      complaint: 'must be integer',
    },
    { name: 'no body', method: 'POST', path: COMMENTS, status: 400, complaint: 'must be object' },
    {
      name: 'a body without its text',
      method: 'POST',
      path: COMMENTS,
      body: '{}',
      status: 400,
      complaint: "must have required property 'body'",
    },
    {
      name: 'a text that is a number',
      method: 'POST',
      path: COMMENTS,
      body: '{"body":7}',
      status: 400,
      complaint: 'must be string',
    },
    {
      name: 'another operation',
      method: 'PUT',
      path: COMMENTS,
      status: 400,
      complaint: 'not an operation that the fake knows',
    },
    {
      name: 'another path',
      method: 'GET',
      path: '/repos/octo-org/shop',
      status: 400,
      complaint: 'not an operation that the fake knows',
    },
  ])('$name', async ({ method, path, body, status, complaint }) => {
    const judged = await judge(method, path, body);
    expect({ status: judged.status, complains: judged.complaint !== '' }).toEqual({
      status,
      complains: complaint !== '',
    });
    expect(judged.complaint).toContain(complaint);
  });
});

describe("answers are held against GitHub's description", () => {
  const description = loadDescription();
  const comment = commentRecord({ id: 1, issue: 7, author: ACTIONS_BOT, body: 'x' }, 'o/r', 'http://127.0.0.1');

  test.each([
    { name: 'a comment', status: 201, body: comment, violations: [] },
    {
      name: 'a comment without its id',
      status: 201,
      body: { ...comment, id: undefined },
      violations: ["must have required property 'id'"],
    },
    {
      name: 'an address that is none',
      status: 201,
      body: { ...comment, html_url: 'here' },
      violations: ['must match format "uri"'],
    },
    { name: 'a comment of nobody', status: 201, body: { ...comment, user: null }, violations: [] },
    { name: 'an undescribed success', status: 200, body: comment, violations: ['not a described status'] },
    { name: 'an undescribed error', status: 502, body: { message: 'Server Error' }, violations: [] },
    { name: 'an error that is no object', status: 403, body: 'no', violations: ['must be object'] },
  ])('$name', ({ status, body, violations }) => {
    const found = description.answerViolations('issues/create-comment', status, JSON.parse(JSON.stringify(body)));
    expect(found).toEqual(violations.map((violation) => expect.stringContaining(violation)));
  });

  test('an answer without a body must have none', () => {
    expect(description.answerViolations('issues/delete-comment', 204, {})).toHaveLength(1);
    expect(description.answerViolations('issues/delete-comment', 204, undefined)).toEqual([]);
  });
});

describe('the fake behaves as GitHub does', () => {
  test('it wants a token', async () => {
    const github = await startGithubApi();
    const { status } = await fetch(github.url + COMMENTS, { headers: { 'user-agent': 'test' } });
    await github.stop();
    expect(status).toBe(401);
  });

  test('it gives 30 comments unless told otherwise, and links to the next page', async () => {
    const github = await startGithubApi();
    for (let n = 0; n < 31; n += 1) github.addComment({ body: 'x', author: ACTIONS_BOT });
    const first = await fetch(github.url + COMMENTS, { headers: HEADERS });
    const second = await fetch(`${github.url}${COMMENTS}?page=2`, { headers: HEADERS });
    const lengths = [await first.json(), await second.json()].map((page) => (page as unknown[]).length);
    await github.stop();
    expect(lengths).toEqual([30, 1]);
    expect(first.headers.get('link')).toContain('page=2>; rel="next"');
    expect(second.headers.get('link')).toBeNull();
  });

  test.each([
    { bytes: 262_144, status: 201 },
    { bytes: 262_145, status: 422 },
  ])('a comment of $bytes bytes: $status', async ({ bytes, status }) => {
    const judged = await judge('POST', COMMENTS, JSON.stringify({ body: 'a'.repeat(bytes) }));
    expect(judged).toEqual({ status, complaint: '' });
  });
});
