import assert from 'node:assert/strict';
import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';
import { test } from 'node:test';
import { deviceOf } from '../../src/control/localDevices.ts';

test('an address is one of the device that has it, and of none where the kernel does not say', (t) => {
  assert.equal(deviceOf('127.0.0.1'), 'lo');
  assert.equal(deviceOf('192.0.2.1'), undefined);
  assert.equal(deviceOf('fe80::1%eth7'), 'eth7');
  // Too many open files, or a sandbox without AF_NETLINK.
  t.mock.method(os, 'networkInterfaces', () => {
    throw new Error('uv_interface_addresses returned EMFILE');
  });
  syncBuiltinESMExports();
  t.after(() => {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  });
  assert.equal(deviceOf('127.0.0.1'), undefined);
});
