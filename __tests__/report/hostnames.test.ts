import { expect, test } from '@jest/globals';
import { withHostnames } from '../../src/report/hostnames';

const PLACES = [
  { hostname: 'app1', address: '198.18.0.11:5000' },
  { hostname: 'app2', address: '198.18.0.12:5000' },
  { hostname: 'app2', address: '[fd00::2]:5000' },
  // One address that belonged to one replica, then to another, then to the first again.
  { hostname: 'app1', address: '198.18.0.13:5000' },
  { hostname: 'app2', address: '198.18.0.13:5000' },
  { hostname: 'app1', address: '198.18.0.13:5000' },
];

test.each([
  ['an attempt', '198.18.0.12:5000 → 502 after 1.1 s.', 'app2 → 502 after 1.1 s.'],
  ['several', '198.18.0.11:5000, 198.18.0.12:5000', 'app1, app2'],
  ['at the end of a sentence', 'on 198.18.0.12:5000.', 'on app2.'],
  ['one of the newer kind', 'on [fd00::2]:5000', 'on app2'],
  ['no replica', '198.18.0.99:5000', '198.18.0.99:5000'],
  ['another port', '198.18.0.12:80', '198.18.0.12:80'],
  ['a longer one', '2198.18.0.12:5000 198.18.0.12:50001', '2198.18.0.12:5000 198.18.0.12:50001'],
  ['one that changed hands', 'on 198.18.0.13:5000', 'on 198.18.0.13:5000'],
])('%s', (_, text, told) => {
  expect(withHostnames(text, PLACES)).toBe(told);
});
