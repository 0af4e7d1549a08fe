import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bySocketAddress } from '../../../src/balancer/parts/socket_address.ts';
import { hostsOf } from '../../helpers/hosts.ts';

const ordered = (...addresses: string[]): string[] =>
  bySocketAddress(hostsOf(addresses.map((address) => ({ address })))).map(({ instance }) => instance.address);

// By ResolvedAddressLessThan and EndpointAddressSet of gRPC core's endpoint_addresses.cc, over struct sockaddr_in and
// sockaddr_in6 as Linux lays them out.
test.each([
  ['the port before the IP', ['10.0.0.1:81', '10.0.0.9:80'], ['10.0.0.9:80', '10.0.0.1:81']],
  [
    'numbers, not digits',
    ['10.0.0.10:80', '10.0.0.9:80', '9.0.0.10:80'],
    ['9.0.0.10:80', '10.0.0.9:80', '10.0.0.10:80'],
  ],
  ['the high byte of a port first', ['10.0.0.1:256', '10.0.0.1:255'], ['10.0.0.1:255', '10.0.0.1:256']],
  ['no sign in any byte', ['200.0.0.1:80', '100.0.0.1:80'], ['100.0.0.1:80', '200.0.0.1:80']],
  ['IPv4 before IPv6, whatever the port', ['[::1]:1', '10.0.0.1:9999'], ['10.0.0.1:9999', '[::1]:1']],
  [
    'IPv6 by port, too, and however it is written',
    ['[2001:db8::b]:80', '[2001:DB8:0:0::a]:80', '[::ffff:9.0.0.1]:80', '[fe80::]:79'],
    ['[fe80::]:79', '[::ffff:9.0.0.1]:80', '[2001:DB8:0:0::a]:80', '[2001:db8::b]:80'],
  ],
  [
    'every zero that :: stands for',
    ['[1:2:0:1:1:1:1:1]:80', '[1:2::3:3:3:3]:80'],
    ['[1:2::3:3:3:3]:80', '[1:2:0:1:1:1:1:1]:80'],
  ],
  ['no port as 0', ['10.0.0.1:1', '10.0.0.2'], ['10.0.0.2', '10.0.0.1:1']],
  [
    'names last, as they come',
    ['i-2:80', 'i-10:80', '1:80', '256.0.0.1:1', '10.0.0.1:80', '[x]:1'],
    ['10.0.0.1:80', 'i-2:80', 'i-10:80', '1:80', '256.0.0.1:1', '[x]:1'],
  ],
])('%s', (_name, given, expected) => {
  expect(ordered(...given)).toEqual(expected);
});

test('IPv4 addresses are in the order of port x 2^32 + IP', () => {
  const byte = fc.nat(255);
  const address = fc.tuple(byte, byte, byte, byte, fc.nat(65_535));
  const rank = (written: string): number => {
    const [a, b, c, d, port] = written.split(/[.:]/).map(Number);
    return port * 2 ** 32 + a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d;
  };
  fc.assert(
    fc.property(fc.array(address, { maxLength: 12 }), (addresses) => {
      const found = ordered(...addresses.map(([a, b, c, d, port]) => `${a}.${b}.${c}.${d}:${port}`)).map(rank);
      expect(found).toEqual(found.toSorted((a, b) => a - b));
    }),
  );
});
