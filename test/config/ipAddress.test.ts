import assert from 'node:assert/strict';
import { isIP, SocketAddress } from 'node:net';
import { suite, test } from 'node:test';
import fc from 'fast-check';

import { parseIp, prefixLengthOf } from '../../src/config/ipAddress.ts';

suite('IP addresses:', () => {
  test('what Node takes for an address is one, in the spelling of the kernel', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        const parsed = parseIp(text);
        assert.equal(parsed?.family, isIP(text));
        const { address } = new SocketAddress({ address: text, family: isIP(text) === 6 ? 'ipv6' : 'ipv4' });
        // IPv4 inside IPv6 has a spelling of its own, which no floating address needs.
        if (!address.includes('.') || isIP(text) === 4) assert.equal(parsed?.text, address);
      }),
    );
  });

  test('what Node takes for none is none', () => {
    const almost = fc.stringMatching(/^[0-9a-f:.]{0,24}$/);
    fc.assert(
      fc.property(almost, (text) => {
        assert.equal(parseIp(text)?.family ?? 0, isIP(text));
      }),
      { numRuns: 2000 },
    );
  });

  test('a mask is as good as a number of bits', () => {
    for (let bits = 1; bits <= 32; bits += 1) {
      const mask = (0xffffffff << (32 - bits)) >>> 0;
      const text = [24, 16, 8, 0].map((shift) => (mask >>> shift) & 255).join('.');
      assert.equal(prefixLengthOf(text, 4), bits);
      assert.equal(prefixLengthOf(String(bits), 4), bits);
    }
  });
});
