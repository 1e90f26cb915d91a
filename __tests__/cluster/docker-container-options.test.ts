import { describe, expect, test } from '@jest/globals';
import { containerOptions, endpointSettings, limitOptions } from '../../src/cluster/docker-container-options';
import type { ContainerRequest } from '../../src/cluster/engine';

const PLAIN: ContainerRequest = {
  name: 'lbca-app1',
  image: 'app:1',
  labels: { run: 'a' },
  hostname: null,
  command: null,
  env: {},
  network: 'none',
  extraHosts: {},
  limits: null,
  hardened: false,
  publish: null,
};

const PLAIN_HOST_CONFIG = {
  NetworkMode: 'none',
  ExtraHosts: [],
  LogConfig: { Type: 'json-file', Config: { 'max-size': '512m', 'max-file': '2' } },
  RestartPolicy: { Name: 'no' },
  Init: false,
};

describe('options of a container', () => {
  test('of a plain one: what the image says stays, nothing is published or limited', () => {
    expect(containerOptions(PLAIN)).toEqual({
      name: 'lbca-app1',
      Image: 'app:1',
      Labels: { run: 'a' },
      Healthcheck: { Test: ['NONE'] },
      Env: [],
      HostConfig: PLAIN_HOST_CONFIG,
    });
  });

  test.each([
    { name: 'hostname', request: { hostname: 'app1' }, options: { Hostname: 'app1' } },
    {
      name: 'command',
      request: { command: ['nginx', '-g', 'daemon off;'] },
      options: { Cmd: ['nginx', '-g', 'daemon off;'] },
    },
    {
      name: 'command alone, without the image’s ENTRYPOINT',
      request: { command: ['nginx', '-T'], withoutEntrypoint: true },
      options: { Entrypoint: ['nginx'], Cmd: ['-T'] },
    },
    { name: 'root, for a folder of the machine', request: { machineFolder: '/a/b' }, options: { User: '0' } },
    { name: 'an empty command', request: { command: [] }, options: { Cmd: [] } },
    { name: 'environment', request: { env: { A: 'x=y z', B: '' } }, options: { Env: ['A=x=y z', 'B='] } },
  ] satisfies readonly { name: string; request: Partial<ContainerRequest>; options: object }[])(
    '$name',
    ({ request, options }) => {
      expect(containerOptions({ ...PLAIN, ...request })).toMatchObject(options);
    },
  );

  test.each([
    {
      name: 'limits, without swap, and first to go',
      request: { limits: { cpus: 0.5, memoryBytes: 268_435_456, pids: 128 } },
      hostConfig: {
        ...{ CpuPeriod: 100_000, CpuQuota: 50_000 },
        ...{ Memory: 268_435_456, MemorySwap: 268_435_456, PidsLimit: 128, OomScoreAdj: 500 },
      },
    },
    {
      name: 'hardening',
      request: { hardened: true },
      hostConfig: {
        ReadonlyRootfs: true,
        CapDrop: ['ALL'],
        SecurityOpt: ['no-new-privileges'],
        Tmpfs: { '/tmp': 'rw,noexec,nosuid,size=64m' },
      },
    },
    {
      name: 'a folder of the machine',
      request: { machineFolder: '/a/b' },
      hostConfig: { Mounts: [{ Type: 'bind', Source: '/a/b', Target: '/mnt' }] },
    },
    { name: 'another group', request: { cgroupParent: '/a/b' }, hostConfig: { CgroupParent: '/a/b' } },
    {
      name: 'extra hosts',
      request: { extraHosts: { app1: '127.0.0.1' } },
      hostConfig: { ExtraHosts: ['app1:127.0.0.1'] },
    },
  ] satisfies readonly { name: string; request: Partial<ContainerRequest>; hostConfig: object }[])(
    '$name, and nothing else',
    ({ request, hostConfig }) => {
      expect(containerOptions({ ...PLAIN, ...request }).HostConfig).toEqual({ ...PLAIN_HOST_CONFIG, ...hostConfig });
    },
  );

  test('a network: mode and endpoint go by the same key', () => {
    const endpoint = { address: '198.18.0.11', aliases: ['app1'] };
    const options = containerOptions({ ...PLAIN, network: { id: 'n1', endpoint } });
    expect(options.HostConfig?.NetworkMode).toBe('n1');
    expect(options.NetworkingConfig).toEqual({
      EndpointsConfig: { n1: { IPAMConfig: { IPv4Address: '198.18.0.11' }, Aliases: ['app1'] } },
    });
    expect(endpointSettings(endpoint)).toEqual(options.NetworkingConfig?.EndpointsConfig?.['n1']);
  });

  test.each([
    { hostPort: 0, binding: '' },
    { hostPort: 8080, binding: '8080' },
  ])('host port $hostPort is bound on 127.0.0.1 alone', ({ hostPort, binding }) => {
    const options = containerOptions({ ...PLAIN, publish: { containerPort: 80, hostPort } });
    expect(options.ExposedPorts).toEqual({ '80/tcp': {} });
    expect(options.HostConfig?.PortBindings).toEqual({ '80/tcp': [{ HostIp: '127.0.0.1', HostPort: binding }] });
  });
});

describe('changed limits', () => {
  test.each([
    { limits: {}, options: {} },
    { limits: { cpus: 0.29 }, options: { CpuPeriod: 100_000, CpuQuota: 29_000 } },
    { limits: { cpus: 0.01 }, options: { CpuPeriod: 100_000, CpuQuota: 1_000 } },
    { limits: { cpus: 0.004 }, options: { CpuPeriod: 250_000, CpuQuota: 1_000 } },
    { limits: { cpus: 0.0004 }, options: { CpuPeriod: 1_000_000, CpuQuota: 1_000 } },
    { limits: { memoryBytes: 6_291_456 }, options: { Memory: 6_291_456, MemorySwap: 6_291_456 } },
    { limits: { pids: 10 }, options: { PidsLimit: 10 } },
  ])('$limits touch nothing else', ({ limits, options }) => {
    expect(limitOptions(limits)).toEqual(options);
  });
});
