import { describe, expect, test } from '@jest/globals';
import { copyingsIn, instructionsOf, placesOfApp } from '../../../src/checks/hardening/copied';
import { mayHoldSecret } from '../../../src/checks/hardening/secret-content';

describe('where a history says that files were put', () => {
  test.each([
    {
      builder: 'the classic one',
      steps: [
        '/bin/sh -c #(nop)  CMD ["python3"]',
        '/bin/sh -c #(nop) COPY dir:9a0b8c in deep ',
        '/bin/sh -c #(nop) ADD multi:9a0b8c in /opt/tool/ ',
        '/bin/sh -c #(nop) WORKDIR /app',
        '/bin/sh -c #(nop) COPY file:77 in / ',
      ],
      told: ['/', '/opt/tool', '/app/deep'],
    },
    {
      builder: 'BuildKit',
      steps: [
        'CMD ["python3"]',
        'RUN /bin/sh -c COPY=1 make # buildkit',
        'COPY --chown=app:app requirements.txt . # buildkit',
        'WORKDIR app',
        'WORKDIR /srv',
        'COPY /rootfs / # buildkit',
      ],
      told: ['/', '/srv/app'],
    },
  ])('as $builder words it', ({ steps, told }) => {
    expect(copyingsIn(instructionsOf(steps)).map(({ destination }) => destination)).toEqual(told);
  });
});

test.each([
  { args: '. /app', told: { sources: ['.'], destination: '/app', isFromStage: false } },
  { args: '--from=build --chown=1:1 /out /srv/', told: { destination: '/srv', isFromStage: true } },
  { args: '["a b", "c", "./d e/"]', told: { sources: ['a b', 'c'], destination: '/d e' } },
])('COPY $args', ({ args, told }) => {
  expect(copyingsIn([{ keyword: 'COPY', args }])).toMatchObject([told]);
});

test.each(['/app', '["a"]', ''])('COPY %s puts nothing anywhere', (args) => {
  expect(copyingsIn([{ keyword: 'COPY', args }])).toEqual([]);
});

describe('what an image adds for its app', () => {
  const buildkit = (...lines: readonly string[]): readonly string[] =>
    lines.map((line) => `${line} # buildkit`).toReversed();
  test.each([
    {
      what: 'is where files were copied, where the command starts, and the homes of users',
      steps: buildkit('ADD alpine.tar.gz /', 'WORKDIR /app', 'COPY . .', 'COPY conf/app.ini /etc/shop/app.ini'),
      start: '/app',
      places: ['/app', '/etc/shop/app.ini', '/root', '/home'],
    },
    {
      what: 'is told once',
      steps: buildkit('COPY a /srv/app/', 'COPY b /srv/app/deep/', 'COPY c /home/app/'),
      start: '/srv/app/deep',
      places: ['/srv/app', '/root', '/home'],
    },
    {
      what: 'is none of what a distribution or a library has, but for a file by its name',
      steps: buildkit(
        'COPY --from=build /usr/local /usr/local',
        'COPY --from=build /x/site-packages /usr/local/lib/python3.13/site-packages',
        'COPY start.sh server.key /usr/local/bin/',
        'COPY tls.key /etc/ssl/private/',
        'COPY shop.pem /etc/ssl/private/tls.pem',
        'COPY index.html /usr/share/nginx/html/',
      ),
      start: '/srv',
      places: [
        ...['/srv', '/usr/share/nginx/html', '/usr/local/bin/server.key', '/etc/ssl/private/tls.key'],
        ...['/etc/ssl/private/tls.pem', '/root', '/home'],
      ],
    },
  ])('$what', ({ steps, start, places }) => {
    expect(placesOfApp(steps, start, mayHoldSecret)).toEqual(places);
  });

  test('is looked for by name at the root, and where apps live by custom where nothing is said', () => {
    const places = placesOfApp([], '', mayHoldSecret);
    expect(places).toEqual(expect.arrayContaining(['/.env', '/.git/config', '/app', '/usr/src/app', '/root', '/home']));
    expect(places).not.toContain('/');
  });
});
