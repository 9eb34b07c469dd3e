import assert from 'node:assert/strict';
import { test } from 'node:test';

import { openNotifySocket } from '../../../src/adapters/linux/notifySocket.ts';
import { NotifyListener } from './notifyListener.ts';

for (const kind of ['path', 'abstract'] as const) {
  test(`the service manager hears what is said to a socket that is ${kind === 'path' ? 'a path' : 'abstract'}`, async (t) => {
    const listener = new NotifyListener(kind);
    t.after(() => listener.close());
    const opened = await openNotifySocket(listener.address);
    assert.ok(opened.ok);
    assert.equal(opened.socket.send('READY=1\nSTATUS=ünïcode'), true);
    await listener.until('message', () => listener.heard.length > 0);
    assert.deepEqual(listener.heard, ['READY=1\nSTATUS=ünïcode']);
    opened.socket.close();
  });
}

test('a manager that does not read never makes the daemon wait: what it cannot take is not sent', async (t) => {
  const listener = new NotifyListener('path');
  t.after(() => listener.close());
  const opened = await openNotifySocket(listener.address);
  assert.ok(opened.ok);
  // The listener reads in this process, so it reads nothing until this loop has ended.
  const startMs = performance.now();
  let count = 0;
  while (opened.socket.send('WATCHDOG=1') && count < 100_000) count += 1;
  assert.ok(count < 100_000, 'the queue of the kernel is bounded');
  assert.ok(performance.now() - startMs < 5000);
  await listener.until('room', () => listener.heard.length === count);
  assert.equal(opened.socket.send('WATCHDOG=1'), true);
  opened.socket.close();
});

test('a socket on which nobody listens takes nothing', async () => {
  const opened = await openNotifySocket('/nonexistent/notify');
  assert.ok(opened.ok);
  assert.equal(opened.socket.send('READY=1'), false);
  opened.socket.close();
});

test('a name that is no unix socket is refused with a sentence', async () => {
  for (const name of ['vsock:2:1234', 'relative/path', '@', '/', `/${'x'.repeat(200)}`]) {
    const opened = await openNotifySocket(name);
    assert.equal(opened.ok, false, name);
    if (!opened.ok) assert.match(opened.sentence, /^NOTIFY_SOCKET is .*, which is no unix socket$/);
  }
});
