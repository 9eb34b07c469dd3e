import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSerialChannel } from '../../../src/adapters/serialChannel/serialChannel.ts';
import { RecordingListener, until } from '../recordingListener.ts';

function hasNativeModule(): boolean {
  const report = process.report.getReport() as unknown as { readonly sharedObjects: readonly string[] };
  return report.sharedObjects.some((path) => path.includes('serialport'));
}

test('the native module is loaded by the first serial channel, not before', async (t) => {
  assert.equal(hasNativeModule(), false);
  const listener = new RecordingListener();
  const channel = createSerialChannel({ name: 'serial0', device: '/dev/null', baud: 9600 }, listener);
  t.after(() => channel.close());
  await until(() => listener.opened.length > 0, 'the first attempt');
  assert.equal(hasNativeModule(), true);
});
