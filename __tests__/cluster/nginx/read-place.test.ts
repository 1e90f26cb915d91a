import { expect, test } from '@jest/globals';
import { readPlace } from '../../../src/cluster/nginx/read-place';

const SERVER = 'server { listen 80; }';

function placeIn(main: string, files: Record<string, string>, kind: 'whole' | 'server-config'): string | null {
  return readPlace({ main, files: new Map(Object.entries(files)) }, kind);
}

test.each([
  {
    what: 'Alpine’s own package',
    text: 'include modules/*.conf; events {} http { include mime.types; include /etc/nginx/http.d/*.conf; }',
    place: '/etc/nginx/http.d/default.conf',
  },
  {
    what: 'a folder beside the main file',
    text: 'events {} http { include servers/*; }',
    place: '/etc/nginx/servers/default.conf',
  },
  {
    what: 'a folder whose files have other names, and one in which any will do',
    text: 'events {} http { include apps/*.vhost; include "sites-enabled/*"; }',
    place: '/etc/nginx/sites-enabled/default.conf',
  },
  {
    what: 'one file with servers in it, beside one without',
    text: 'events {} http { include mime.types; include app.conf; }',
    place: '/etc/nginx/app.conf',
  },
  { what: 'none', text: `events {} http { include mime.types; ${SERVER} }`, place: null },
  { what: 'includes that are not of http', text: 'include conf.d/*.conf; events {} http { }', place: null },
])('a server configuration goes where servers are included: $what', ({ text, place }) => {
  const files = {
    '/etc/nginx/nginx.conf': text,
    '/etc/nginx/mime.types': 'types { text/html html; }',
    '/etc/nginx/app.conf': SERVER,
  };
  expect(placeIn('/etc/nginx/nginx.conf', files, 'server-config')).toBe(place);
});

test('a whole configuration goes in the place of the image’s own', () => {
  const main = '/usr/local/openresty/nginx/conf/nginx.conf';
  expect(placeIn(main, { [main]: 'events {}' }, 'whole')).toBe(main);
});
