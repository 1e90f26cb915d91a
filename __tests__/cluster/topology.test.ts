import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  LABELS,
  labelsFor,
  replicaHostnames,
  replicaPlaces,
  resourceName,
  SUBNET_COUNT,
  subnetAt,
} from '../../src/cluster/topology';

function range(cidr: string): { readonly from: number; readonly to: number } {
  const [address = '', bits = ''] = cidr.split('/');
  const from = address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
  return { from, to: from + 2 ** (32 - Number(bits)) - 1 };
}

function number(address: string): number {
  return range(`${address}/32`).from;
}

describe('subnets', () => {
  test.each([
    { index: 0, cidr: '198.18.0.0/26', loadBalancerAddress: '198.18.0.2' },
    { index: 1, cidr: '198.18.0.64/26', loadBalancerAddress: '198.18.0.66' },
    { index: SUBNET_COUNT - 1, cidr: '198.19.255.192/26', loadBalancerAddress: '198.19.255.194' },
    { index: SUBNET_COUNT, cidr: '198.18.0.0/26', loadBalancerAddress: '198.18.0.2' },
  ])('number $index', ({ index, cidr, loadBalancerAddress }) => {
    expect(subnetAt(index)).toEqual({ cidr, loadBalancerAddress });
  });

  test('all lie inside 198.18.0.0/15, and no two overlap', () => {
    const pool = range('198.18.0.0/15');
    fc.assert(
      fc.property(fc.nat(SUBNET_COUNT - 1), fc.nat(SUBNET_COUNT - 1), (one, other) => {
        const [a, b] = [range(subnetAt(one).cidr), range(subnetAt(other).cidr)];
        expect(a.from >= pool.from && a.to <= pool.to).toBe(true);
        expect(a.from > b.to || b.from > a.to).toBe(one !== other);
      }),
    );
  });

  test('sixteen replicas, the gateway and NGINX have addresses of their own inside', () => {
    fc.assert(
      fc.property(fc.nat(SUBNET_COUNT - 1), (index) => {
        const subnet = subnetAt(index);
        const { from, to } = range(subnet.cidr);
        const places = replicaPlaces(replicaHostnames({ replicas: 16, hostnamePattern: 'app{n}' }), subnet);
        const gateway = from + 1;
        const addresses = [
          ...places.map((place) => number(place.address)),
          number(subnet.loadBalancerAddress),
          gateway,
        ];
        expect(new Set(addresses).size).toBe(18);
        expect(addresses.every((address) => address > from && address < to)).toBe(true);
      }),
    );
  });
});

test('hostnames count from 1', () => {
  expect(replicaHostnames({ replicas: 3, hostnamePattern: 'web-{n}.local' })).toEqual([
    'web-1.local',
    'web-2.local',
    'web-3.local',
  ]);
});

test('names tell run, cluster and part', () => {
  expect(resourceName('0a1b2c', 'crash', 'app2')).toBe('lbca-0a1b2c-crash-app2');
});

test.each([
  { kept: false, extra: {} },
  { kept: true, extra: { [LABELS.kept]: 'true' } },
])('labels, kept: $kept', ({ kept, extra }) => {
  expect(labelsFor({ run: 'r', owner: 'o', kept }, 'crash', 'replica')).toEqual({
    [LABELS.run]: 'r',
    [LABELS.cluster]: 'crash',
    [LABELS.role]: 'replica',
    [LABELS.owner]: 'o',
    ...extra,
  });
});
