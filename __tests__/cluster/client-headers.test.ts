import { expect, test } from '@jest/globals';
import { introducingHeaders, PLAIN, questionHeaders } from '../../src/cluster/client-headers';

const GIVEN = [
  ['X-Forwarded-Proto', 'https'],
  ['user-agent', 'shop-tests'],
] as const;

test('a request says who asks, and accepts anything', () => {
  expect(introducingHeaders(PLAIN)).toEqual([
    ['User-Agent', 'lb-cluster-action'],
    ['Accept', '*/*'],
  ]);
});

test('a header that is given stands in the place of the usual one, whatever its case', () => {
  expect(introducingHeaders({ requestHeaders: GIVEN })).toEqual([['Accept', '*/*'], ...GIVEN]);
});

test('questions to replicas carry what requests carry', () => {
  expect(questionHeaders({ host: 'shop.example.com', requestHeaders: GIVEN })).toEqual({
    host: 'shop.example.com',
    accept: '*/*',
    'x-forwarded-proto': 'https',
    'user-agent': 'shop-tests',
  });
  expect(questionHeaders(PLAIN)).toEqual({ host: '127.0.0.1', accept: '*/*', 'user-agent': 'lb-cluster-action' });
});
