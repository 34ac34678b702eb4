import { describe, expect, test } from 'vitest';
import { isAllowed, whyNotAddress } from '../../../lib/webhooks/address.ts';

describe('an IP address', () => {
  test.each([
    ...['0.0.0.0', '10.1.2.3', '100.64.0.1', '127.0.0.1', '169.254.169.254', '172.16.0.1', '192.0.0.1'],
    ...['192.0.2.1', '192.88.99.1', '192.168.0.1', '198.18.0.1', '198.51.100.1', '203.0.113.1'],
    ...['224.0.0.1', '240.0.0.1', '255.255.255.255', '::', '::1', 'fe80::1', 'fec0::1', 'fc00::1', 'fd00::1'],
    ...['ff02::1', '2001:db8::1', '3fff::1', '100::1', '2001::1', '2002:a00:1::1', '64:ff9b::a00:1'],
    ...['64:ff9b:1::1', '::ffff:10.0.0.1', '::ffff:8.8.8.8', '::808:808', '4000::1', 'fe80::1%eth0', 'x', ''],
  ])('%s is none to post to', (ip) => {
    expect(isAllowed(ip, 'public')).toBe(false);
  });

  test.each(['8.8.8.8', '1.1.1.1', '2606:4700::1111', '2a00:1450:4001::1'])('%s is one to post to', (ip) => {
    expect([isAllowed(ip, 'public'), isAllowed(ip, 'local')]).toEqual([true, true]);
  });

  test('of this machine is one only where the rule is local', () => {
    for (const ip of ['127.0.0.1', '127.9.9.9', '::1']) {
      expect([isAllowed(ip, 'public'), isAllowed(ip, 'local')]).toEqual([false, true]);
    }
    expect(isAllowed('10.0.0.1', 'local')).toBe(false);
  });
});

describe('an address', () => {
  const problem = (text: string, rule: 'public' | 'local' = 'public') => whyNotAddress(new URL(text), rule);

  test('by https to a name, or to a public IP address, is one to post to', () => {
    for (const text of ['https://example.com', 'https://example.com:443/a?b=c', 'https://8.8.8.8/x'])
      expect(problem(text)).toBe(undefined);
  });

  test.each([
    'https://0x7f.1/',
    'https://2130706433/',
    'https://017700000001/',
    'https://[::ffff:7f00:1]/',
    'https://example/',
    'https://example.com./',
    'https://localhost/',
  ])('that is a spelling of this machine, or no full name, is none: %s', (text) => {
    expect(problem(text)).toMatch(/^must be a public https address/);
  });

  test('by http is one only to this machine, and only where the rule is local', () => {
    for (const text of ['http://127.0.0.1:8080/', 'http://localhost:3000/x', 'http://[::1]:80/']) {
      expect(problem(text, 'local')).toBe(undefined);
      expect(problem(text)).toMatch(/^must be a public https address/);
    }
    expect(problem('http://example.com/', 'local')).toMatch(/^must be a public https address/);
    expect(problem('http://10.0.0.1/', 'local')).toMatch(/^must be a public https address/);
  });
});
