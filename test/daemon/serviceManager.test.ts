import assert from 'node:assert/strict';
import { afterEach, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { Notified, openServiceManager, watchdogMsOf } from '../../src/daemon/serviceManager.ts';
import { NotifyListener } from '../adapters/linux/notifyListener.ts';
import { Pair } from './pair.ts';

suite('what the service manager is told:', () => {
  test('ready with the status, then a sign of life several times in the time of its watchdog', () => {
    const { manager, said, letPass } = rehearse(8000);
    manager.noteTurn(() => 'site standby');
    manager.ready();
    assert.deepEqual(said.splice(0), [
      ['STATUS=site standby', 'WATCHDOG=1'],
      ['READY=1', 'STATUS=site standby', 'WATCHDOG=1'],
    ]);
    for (let turn = 0; turn < 80; turn += 1) {
      letPass(100);
      manager.noteTurn(() => 'site standby');
    }
    assert.deepEqual(said, [['WATCHDOG=1'], ['WATCHDOG=1'], ['WATCHDOG=1'], ['WATCHDOG=1']]);
  });

  test('nothing, when the decision loop stands still', () => {
    const { said, manager, letPass } = rehearse(8000);
    manager.ready();
    said.splice(0);
    letPass(60_000);
    assert.deepEqual(said, []);
  });

  test('a status when it is another one, at most each two seconds, on one line', () => {
    const { manager, said, letPass } = rehearse(undefined);
    manager.ready();
    said.splice(0);
    let asked = 0;
    for (let turn = 0; turn < 100; turn += 1) {
      manager.noteTurn(() => {
        asked += 1;
        return asked < 3 ? 'a' : 'b\nREADY=1';
      });
      letPass(100);
    }
    assert.equal(asked, 5);
    assert.deepEqual(
      said.filter((lines) => lines.length > 0),
      [
        ['READY=1', 'STATUS=a'],
        ['READY=1', 'STATUS=b READY=1'],
      ],
    );
  });

  test('again what was not taken', () => {
    const { manager, said, letPass, setDeaf } = rehearse(8000);
    setDeaf(true);
    manager.ready();
    letPass(100);
    manager.noteTurn(() => 'x');
    assert.deepEqual(said, []);
    setDeaf(false);
    letPass(100);
    manager.noteTurn(() => 'x');
    assert.deepEqual(said, [['READY=1', 'STATUS=x', 'WATCHDOG=1']]);
  });

  test('that a stop needs more time, as long as the loop goes round, and never again that it is ready', () => {
    const { manager, said, letPass } = rehearse(undefined);
    manager.ready();
    manager.stopping();
    manager.ready();
    manager.reloading();
    letPass(5000);
    manager.noteTurn(() => '');
    assert.deepEqual(said, [
      ['READY=1'],
      ['STOPPING=1', 'EXTEND_TIMEOUT_USEC=30000000'],
      ['EXTEND_TIMEOUT_USEC=30000000'],
    ]);
  });

  test('nothing by a daemon that was started by hand', async () => {
    const troubles: string[] = [];
    const manager = await openServiceManager({}, process.pid, (sentence) => troubles.push(sentence));
    manager.ready();
    manager.noteTurn(() => assert.fail('nobody asks for a status'));
    await openServiceManager({ NOTIFY_SOCKET: 'vsock:1:2' }, process.pid, (sentence) => troubles.push(sentence));
    assert.equal(troubles.length, 1);
  });

  test('the watchdog is meant for one process', () => {
    assert.equal(watchdogMsOf({ WATCHDOG_USEC: '10000000', WATCHDOG_PID: '7' }, 7), 10_000);
    assert.equal(watchdogMsOf({ WATCHDOG_USEC: '10000000' }, 7), 10_000);
    for (const environment of [{ WATCHDOG_USEC: '10000000', WATCHDOG_PID: '8' }, { WATCHDOG_USEC: 'x' }, {}]) {
      assert.equal(watchdogMsOf(environment, 7), undefined);
    }
  });
});

suite('a daemon below a service manager', () => {
  const leftovers: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of leftovers.splice(0)) await end();
  });

  test('says when it beats, that it lives, when it reads its files again, and that it stops', async () => {
    const listener = new NotifyListener('path');
    leftovers.push(() => listener.close());
    const pair = await Pair.create({ environment: { NOTIFY_SOCKET: listener.address, WATCHDOG_USEC: '1000000' } });
    leftovers.push(() => pair.destroy());
    pair.start('node1');
    await listener.until('READY=1', () => listener.lines.includes('READY=1'));
    await pair.untilRole('node1', 'active');
    await listener.until('status', () =>
      listener.lines.some((line) => line.startsWith('STATUS=site active; node2 silent')),
    );

    const lives = (): number => listener.lines.filter((line) => line === 'WATCHDOG=1').length;
    const before = lives();
    await listener.until('signs of life', () => lives() >= before + 3);
    pair.signal('node1', 'SIGSTOP');
    await sleep(100);
    const stopped = lives();
    await sleep(600);
    assert.equal(lives(), stopped, 'a daemon that stands still gives no sign');
    pair.signal('node1', 'SIGCONT');

    const readies = (): number => listener.lines.filter((line) => line === 'READY=1').length;
    const readyCount = readies();
    pair.signal('node1', 'SIGHUP');
    await listener.until('RELOADING=1', () => listener.lines.includes('RELOADING=1'));
    await listener.until('READY=1 after it', () => readies() > readyCount);

    pair.signal('node1', 'SIGTERM');
    assert.equal(await pair.ended('node1'), 0);
    assert.ok(listener.lines.includes('STOPPING=1'));
  });

  test('gives its signs of life also where its beats are further apart than they may be', async () => {
    const listener = new NotifyListener('path');
    leftovers.push(() => listener.close());
    const pair = await Pair.create({ environment: { NOTIFY_SOCKET: listener.address, WATCHDOG_USEC: '1000000' } });
    leftovers.push(() => pair.destroy());
    const timing = 'timing: { keepalive: 20s, warntime: 60s, deadtime: 200s }';
    pair.write('node2', 'etc/twinbeat.yaml', pair.read('node2', 'etc/twinbeat.yaml').replace(/^timing:.*$/m, timing));
    pair.start('node2');
    await listener.until('READY=1', () => listener.lines.includes('READY=1'));
    // Until the resources are checked there is much to do.
    await sleep(1000);
    const lives = (): number => listener.lines.filter((line) => line === 'WATCHDOG=1').length;
    const before = lives();
    await sleep(1500);
    assert(lives() - before >= 3, `${lives() - before} signs in 1.5 s`);
  });
});

/** A manager that hears all, or nothing, and a clock that is moved by hand. */
function rehearse(watchdogMs: number | undefined): {
  readonly manager: Notified;
  readonly said: string[][];
  readonly letPass: (ms: number) => void;
  readonly setDeaf: (isDeaf: boolean) => void;
} {
  let atMs = 0;
  let isDeaf = false;
  const said: string[][] = [];
  const socket = {
    send: (text: string) => {
      if (!isDeaf) said.push(text.split('\n'));
      return !isDeaf;
    },
  };
  return {
    manager: new Notified({ socket, watchdogMs, nowMs: () => atMs }),
    said,
    letPass: (ms) => void (atMs += ms),
    setDeaf: (next) => void (isDeaf = next),
  };
}
