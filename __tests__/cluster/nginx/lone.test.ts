import { describe, expect, test } from '@jest/globals';
import { modelOf } from '../../support/evidence';

const PAIR = 'upstream shop { server app1:5000; server app2:5000; }\n';
const server = (inside: string): string => `server { listen 80; location / { ${inside} } }\n`;

describe('replicas that nothing stands in for', () => {
  test.each([
    { what: 'a group of two', text: PAIR + server('proxy_pass http://shop;'), lone: [] },
    {
      what: 'a group of one, wherever it is used',
      text: `${PAIR}upstream canary { server app3:5000; }\n${server('proxy_pass http://$pool;')}`,
      lone: ['app3 in canary at line 2'],
    },
    {
      what: 'a group of one that nobody is sent to',
      text: `${PAIR}upstream canary { server app3:5000; }\n${server('proxy_pass http://shop; # canary\n')}`,
      lone: [],
    },
    {
      what: 'a group of one, by gRPC, with a path, or the default of a map',
      text: `upstream a { server app1:5000; }\nupstream b { server app2:5000; }\nmap $arg_x $to { default b; }\n${server('grpc_pass grpc://a; proxy_pass http://shop$to;')}`,
      lone: ['app1 in a at line 1', 'app2 in b at line 2'],
    },
    {
      what: 'a group of one that is up and one that is down',
      text: `upstream shop { server app1:5000 down; server app2:5000; }\n${server('proxy_pass http://shop;')}`,
      lone: ['app2 in shop at line 1'],
    },
    {
      what: 'a backup stands in',
      text: `upstream shop { server app1:5000; server app2:5000 backup; }\n${server('proxy_pass http://shop;')}`,
      lone: [],
    },
    {
      what: 'named by proxy_pass, in a block within the location',
      text: PAIR + server('if ($request_method = POST) { proxy_pass http://app1:5000; } proxy_pass http://shop;'),
      lone: ['app1 alone at line 2'],
    },
    {
      what: 'named in another location than the one that is asked',
      text: `${PAIR}server { listen 80; location / { proxy_pass http://shop; }\nlocation /admin { proxy_pass http://app2:5000; } }`,
      lone: ['app2 alone at line 3'],
    },
    {
      what: 'named by a variable that is set beside it',
      text: PAIR + server('set $to app3; proxy_pass http://$to:5000; resolver 127.0.0.11;'),
      lone: ['app3 alone at line 2'],
    },
    {
      what: 'named by a variable that is drawn by lot',
      text: `split_clients $request_id $to { 50% app1; * app2; }\n${server('resolver 127.0.0.11; proxy_pass http://${to}:5000;')}`,
      lone: ['app1 alone at line 2', 'app2 alone at line 2'],
    },
    {
      what: 'named by a variable that is looked up, beside a group',
      text: `${PAIR}map $arg_to $where { hostnames; default shop; x app3:5000; }\n${server('resolver 127.0.0.11; proxy_pass http://$where;')}`,
      lone: ['app3 alone at line 3'],
    },
    {
      what: 'a variable of another list',
      text: `${PAIR}map $arg_to $wherever { default app3:5000; }\n${server('proxy_pass http://$where;')}`,
      lone: [],
    },
    {
      what: 'another host, or another port than the app’s, is no replica',
      text: `${PAIR}upstream other { server db:5000; }\n${server('proxy_pass http://app1:9000;')}`,
      lone: [],
    },
  ])('$what', ({ text, lone }) => {
    expect(
      modelOf(text).lone.map(
        ({ replica, group, spot }) => `${replica} ${group === null ? 'alone' : `in ${group}`} at line ${spot.line}`,
      ),
    ).toEqual(lone);
  });
});
