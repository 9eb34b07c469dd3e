import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import { hmacWith } from '../../src/wire/hmac.ts';

describe('the code that signs frames', () => {
  it('is the HMAC-SHA-256 of RFC 4231', () => {
    const code = hmacWith(Buffer.alloc(20, 0x0b))(Buffer.from('Hi There'));
    assert.equal(Buffer.from(code).toString('hex'), 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7');
  });

  it('is the same for keys and bodies of every length around a block, and for a body longer than any frame', () => {
    for (const keyBytes of [1, 32, 63, 64, 65, 200]) {
      const secret = Buffer.from(Array.from({ length: keyBytes }, (_, at) => (at * 7 + keyBytes) % 256));
      const codeOf = hmacWith(secret);
      for (const bodyBytes of [1_400, 0, 1, 55, 56, 63, 64, 65, 1_401, 3_000, 9]) {
        const body = Buffer.alloc(bodyBytes, bodyBytes % 251);
        const expected = createHmac('sha256', secret).update(body).digest('hex');
        assert.equal(Buffer.from(codeOf(body)).toString('hex'), expected, `key ${keyBytes}, body ${bodyBytes}`);
      }
    }
  });
});
