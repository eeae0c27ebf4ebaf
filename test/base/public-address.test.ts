import { describe, expect, test } from '@jest/globals';
import { isPublicAddress, publicLookup, type Resolve } from '../../src/base/public-address.ts';

/** Where a stranger's link may lead a server: anywhere public, nowhere else. */

describe('an address', () => {
  test.each([
    ['8.8.8.8'],
    ['93.184.215.14'],
    ['172.15.255.255'],
    ['172.32.0.1'],
    ['100.63.255.255'],
    ['223.255.255.255'],
    ['2606:4700:4700::1111'],
    ['2a00:1450:4001:82f::200e'],
  ])('%s is public', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  test.each([
    ['127.0.0.1', 'this machine'],
    ['127.8.8.8', 'this machine'],
    ['0.0.0.0', 'this machine'],
    ['10.1.2.3', 'a private network'],
    ['172.16.0.1', 'a private network'],
    ['172.31.255.255', 'a private network'],
    ['192.168.1.1', 'a private network'],
    ['100.64.0.1', 'a carrier’s network'],
    ['169.254.169.254', 'link-local, where clouds keep credentials'],
    ['192.0.0.8', 'set aside for protocols'],
    ['192.0.2.1', 'documentation'],
    ['198.18.0.1', 'benchmarks'],
    ['198.51.100.7', 'documentation'],
    ['203.0.113.7', 'documentation'],
    ['224.0.0.1', 'multicast'],
    ['240.0.0.1', 'reserved'],
    ['255.255.255.255', 'broadcast'],
    ['::1', 'this machine'],
    ['::', 'this machine'],
    ['::ffff:127.0.0.1', 'IPv4 in IPv6’s clothes'],
    ['::ffff:8.8.8.8', 'IPv4 in IPv6’s clothes'],
    ['64:ff9b::7f00:1', 'translated IPv4'],
    ['fe80::1', 'link-local'],
    ['fc00::1', 'a private network'],
    ['fd12:3456:789a::1', 'a private network'],
    ['ff02::1', 'multicast'],
    ['2001:db8::1', 'documentation'],
    ['2001::1', 'Teredo'],
    ['2002:7f00:1::', '6to4'],
    ['3fff::1', 'documentation'],
    ['example.org', 'no address at all'],
    ['127.1', 'no address in full'],
    ['', 'nothing'],
  ])('%s is not: %s', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});

describe('a name', () => {
  const found = (resolve: Resolve, all = false) =>
    new Promise((settle) => {
      publicLookup(resolve)('logo.example', { all }, (error, address) => settle(error ? error.code : address));
    });

  test('leads to the address that was checked', async () => {
    expect(await found(() => Promise.resolve([{ address: '8.8.8.8', family: 4 }]))).toBe('8.8.8.8');
  });

  test('leads to all of them, where all are asked for', async () => {
    const both = [
      { address: '8.8.8.8', family: 4 },
      { address: '2606:4700:4700::1111', family: 6 },
    ];
    expect(await found(() => Promise.resolve(both), true)).toEqual(both);
  });

  test('leads nowhere when one of its addresses is not public', async () => {
    const resolve: Resolve = () =>
      Promise.resolve([
        { address: '8.8.8.8', family: 4 },
        { address: '10.0.0.1', family: 4 },
      ]);
    expect(await found(resolve)).toBe('ENOTPUBLIC');
  });

  test('leads nowhere when it has none', async () => {
    expect(await found(() => Promise.resolve([]))).toBe('ENOTPUBLIC');
  });

  test('that is unknown stays unknown', async () => {
    const unknown = Object.assign(new Error(), { code: 'ENOTFOUND' });
    expect(await found(() => Promise.reject(unknown))).toBe('ENOTFOUND');
  });
});
