import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { connectLines, encodeLine, LineReader } from '../../src/control/jsonLines.ts';

test('values survive any cut of the stream', () => {
  fc.assert(
    fc.property(fc.array(fc.dictionary(fc.string(), fc.jsonValue()), { maxLength: 5 }), fc.nat(20), (values, step) => {
      const bytes = Buffer.from(values.map(encodeLine).join(''));
      const reader = new LineReader(1e6);
      const seen: unknown[] = [];
      for (let at = 0; at < bytes.length; at += step + 1) {
        for (const result of reader.push(bytes.subarray(at, at + step + 1))) {
          assert.equal(result.kind, 'value');
          seen.push(result.kind === 'value' ? result.value : undefined);
        }
      }
      assert.deepEqual(seen, JSON.parse(JSON.stringify(values)));
    }),
    { numRuns: 60 },
  );
});

test('any bytes are a result and never an exception', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 20 }), (chunks) => {
      const reader = new LineReader(100);
      for (const chunk of chunks) for (const result of reader.push(chunk)) assert.ok(result.kind.length > 0);
    }),
    { numRuns: 200 },
  );
});

test('a line that is too long ends the reading, with or without its end', () => {
  for (const line of [`${'x'.repeat(101)}\n{"a":1}\n`, 'x'.repeat(5000)]) {
    const reader = new LineReader(100);
    assert.deepEqual(reader.push(Buffer.from(line)), [{ kind: 'tooLong', bytesMax: 100 }]);
    assert.deepEqual(reader.push(Buffer.from('{"a":1}\n')), []);
  }
});

test('a line that is no JSON is reported and the next one is read', () => {
  const results = new LineReader(100).push(Buffer.from('}{\n\n{"a":1}\n'));
  assert.deepEqual(results, [
    { kind: 'notJson', detail: 'not JSON: "}{"' },
    { kind: 'value', value: { a: 1 } },
  ]);
});

test('a deep value is read', () => {
  const [result] = new LineReader(1e6).push(Buffer.from(`${'['.repeat(50_000)}${']'.repeat(50_000)}\n`));
  assert.equal(result?.kind, 'value');
});

test('a connection passes messages both ways, refuses a slow reader and closes on a huge line', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tb-lines-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const server = createServer().listen(join(folder, 's'));
  t.after(() => server.close());
  await once(server, 'listening');
  const client = connect(join(folder, 's'));
  const [socket] = (await once(server, 'connection')) as [Socket];
  const seen: unknown[] = [];
  const closed = new Promise<string>((resolve) => {
    const lines = connectLines(socket, {
      lineBytesMax: 1000,
      queueBytesMax: 1000,
      onValue: (value) => {
        seen.push(value);
        lines.send({ answer: 1 });
        let sent = 0;
        while (lines.send({ fill: 'x'.repeat(500) })) sent += 1;
        assert.ok(sent < 10_000, 'the queue to a slow reader is bounded');
      },
      onBadLine: (detail) => seen.push(detail),
      onClose: resolve,
    });
  });
  client.write('{"ask":1}\n');
  const [first] = (await once(client, 'data')) as [Buffer];
  assert.match(first.toString(), /^\{"answer":1\}\n/);
  client.resume();
  client.write('y'.repeat(2000));
  assert.match(await closed, /longer than 1000 bytes/);
  assert.deepEqual(seen[0], { ask: 1 });
  assert.match(String(seen[1]), /longer than 1000 bytes/);
  client.destroy();
});
