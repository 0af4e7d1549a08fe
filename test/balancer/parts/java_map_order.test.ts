import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { byJavaMap } from '../../../src/balancer/parts/java_map_order.ts';
import { hostsOf } from '../../helpers/hosts.ts';

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

const ordered = (addresses: readonly string[]): string =>
  byJavaMap(hostsOf(addresses.map((address, i) => ({ id: LETTERS[i], address }))))
    .map(({ instance }) => instance.id)
    .join('');

test.prop([fc.uniqueArray(fc.nat({ max: 2 ** 16 }), { maxLength: 50 })])('has every host once', (hosts) => {
  const addresses = hosts.map((host) => `10.${host % 7}.${host >> 8}.${host & 255}:80`);
  expect([...ordered(addresses)].sort()).toEqual([...LETTERS.slice(0, hosts.length)].sort());
});

// As java.util.HashMap of Java 17 had grpc-java's own EquivalentAddressGroup of each of them.
test.each<[string, string, string]>([
  ['any addresses', '192.168.7.9:443 172.16.0.3:50051 8.8.8.8:53 255.255.255.255:1 127.0.0.1:65535', 'cbaed'],
  ['IPv6', '[2001:db8::1]:80 [::1]:443 [fe80::1:2:3:4]:8080 10.0.0.1:80 [2001:db8:0:1:1:1:1:1]:80', 'dcaeb'],
  [
    'twelve of forty',
    '10.2.0.225:8082 10.1.3.105:8082 10.1.1.82:8080 10.1.1.179:8081 10.0.1.18:8080 10.3.1.59:8082 10.3.0.181:8080 10.1.2.190:8082 10.3.0.208:8082 10.0.0.70:8081 10.2.1.121:8080 10.0.1.203:8081',
    'acedijgkblhf',
  ],
  [
    'one more, which doubles the bins',
    '10.2.0.225:8082 10.1.3.105:8082 10.1.1.82:8080 10.1.1.179:8081 10.0.1.18:8080 10.3.1.59:8082 10.3.0.181:8080 10.1.2.190:8082 10.3.0.208:8082 10.0.0.70:8081 10.2.1.121:8080 10.0.1.203:8081 10.1.1.176:8082',
    'cmedigkhfajbl',
  ],
  [
    'forty hosts',
    '10.2.0.225:8082 10.1.3.105:8082 10.1.1.82:8080 10.1.1.179:8081 10.0.1.18:8080 10.3.1.59:8082 10.3.0.181:8080 10.1.2.190:8082 10.3.0.208:8082 10.0.0.70:8081 10.2.1.121:8080 10.0.1.203:8081 10.1.1.176:8082 10.1.1.4:8080 10.1.2.198:8082 10.0.2.58:8082 10.0.0.234:8082 10.0.1.50:8081 10.2.3.106:8081 10.2.3.164:8082 10.1.3.185:8081 10.3.3.139:8080 10.0.3.94:8080 10.2.1.101:8081 10.3.0.55:8082 10.0.2.91:8080 10.3.1.174:8082 10.3.1.17:8082 10.0.2.99:8080 10.0.1.194:8081 10.1.3.75:8082 10.3.1.24:8080 10.1.2.77:8081 10.1.0.159:8082 10.3.1.156:8082 10.0.1.124:8081 10.3.1.40:8081 10.0.1.128:8082 10.0.1.180:8081 10.3.2.233:8082',
    'ceBiFzwIaHCtxsNbqKAmdrMgukpyJhfLnDjovlGE',
  ],
  [
    'nine in one bin, which doubles them all',
    '10.0.3.1:80 10.0.2.1:80 10.0.1.1:80 10.0.6.1:80 10.0.8.1:80 10.0.7.1:80 10.0.6.182:80 10.0.5.1:80 10.0.4.1:80 10.0.6.3:80 10.0.0.1:80 10.0.5.61:80',
    'glabcdefhikj',
  ],
  [
    'nine in one bin, and another',
    '10.1.0.172:80 10.1.1.158:80 10.1.2.90:80 10.0.3.1:80 10.0.4.1:80 10.0.5.1:80 10.0.6.1:80 10.0.7.1:80 10.0.8.1:80 10.0.29.1:80 10.0.30.1:80',
    'defghijkcab',
  ],
  [
    'eight in one bin, and others',
    '10.1.0.181:80 10.1.1.111:80 10.1.2.27:80 10.0.3.1:80 10.0.4.1:80 10.0.5.1:80 10.0.6.1:80 10.0.7.1:80 10.0.8.1:80 10.0.29.1:80 10.0.30.1:80',
    'defghijkacb',
  ],
])('%s', (_name, addresses, expected) => {
  expect(ordered(addresses.split(' '))).toBe(expected);
});

test('names come last, as they are given', () => {
  expect(ordered(['b:80', '10.0.0.2:80', 'a:80', '10.0.0.1:80'])).toBe('dbac');
});
