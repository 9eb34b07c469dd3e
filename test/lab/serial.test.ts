import assert from 'node:assert/strict';

import { patienceMs, sleep, until } from '../../lab/clock.ts';
import { shareLab } from '../../lab/forTest.ts';
import type { Host } from '../../lab/host.ts';
import type { Lab } from '../../lab/lab.ts';
import { serialDevice } from '../../lab/topology.ts';

const labTest = shareLab({ serialBaud: 19_200 });

const frameBytes = 120;
const frameMs = (frameBytes * 10 * 1000) / 19_200;

labTest('120 bytes take 63 ms on a serial line of 19200 baud', async (lab) => {
  // The first piece, a FIFO of 16 bytes, starts the receiver's clock.
  const expectedMs = frameMs * 8 - (16 * 10 * 1000) / 19_200;
  const seen: number[] = [];
  const isRight = (): boolean => Math.abs((seen.at(-1) ?? 0) - expectedMs) < expectedMs * 0.1;
  // Sender, line and receiver are programs: on a busy machine one of them may stand still.
  while (!isRight() && seen.length < 8) {
    await withListener(lab.node2, async (heard) => {
      await send(lab.node1, 'x'.repeat(frameBytes * 8));
      await until('all have come', patienceMs, async () => (await heard()).bytes === frameBytes * 8);
      seen.push((await heard()).tookMs);
    });
  }
  assert.ok(isRight(), `it took ${seen.join(', ')} ms, not ${expectedMs}`);
});

labTest('what node2 sends is heard by node1 as well, and unchanged', async (lab) => {
  await withListener(lab.node1, async (heard) => {
    await send(lab.node2, 'from node2\n');
    await until('it has come', patienceMs, async () => (await heard()).text === 'from node2\n');
  });
});

labTest('a cut serial line loses what is sent meanwhile, and only that', async (lab) => {
  await withListener(lab.node2, async (heard) => {
    await lab.cut('serial');
    await send(lab.node1, 'lost');
    await until('it has left', patienceMs, async () => (await lab.serial.counts()).node1.cut >= 4);
    await lab.mend('serial');
    await send(lab.node1, 'found');
    await until('the rest has come', patienceMs, async () => (await heard()).text === 'found');
  });
});

labTest('a serial line that is cut one way carries the other way', async (lab) => {
  await lab.cut('serial:node1>node2');
  await withListener(lab.node1, async (heard) => {
    await withListener(lab.node2, async (heardBy2) => {
      await send(lab.node2, 'that way');
      await send(lab.node1, 'this way');
      await until('one has come', patienceMs, async () => (await heard()).text === 'that way');
      await sleep(50);
      assert.equal((await heardBy2()).bytes, 0);
    });
  });
});

labTest('noise changes some bytes and loses none', async (lab) => {
  await lab.serial.garble(200);
  await withListener(lab.node2, async (heard) => {
    await send(lab.node1, 'x'.repeat(200));
    await until('all have come', patienceMs, async () => (await heard()).bytes === 200);
    assert.notEqual((await heard()).text, 'x'.repeat(200));
  });
  await lab.serial.garble(0);
});

labTest('bytes for a port that nobody has open are lost, as on a real one', async (lab) => {
  const before = (await lab.serial.counts()).node1.unheard;
  await send(lab.node1, 'nobody');
  await until('they are lost', patienceMs, async () => (await lab.serial.counts()).node1.unheard - before === 6);
  await withListener(lab.node2, async (heard) => {
    await send(lab.node1, 'somebody');
    await until('the rest has come', patienceMs, async () => (await heard()).text === 'somebody');
  });
});

labTest('a sender that is faster than the line is held back, and a receiver that sleeps loses bytes', async (lab) => {
  await lab.serial.setBaud(1_000_000);
  await withListener(lab.node2, async () => {
    const before = (await lab.serial.counts()).node1;
    await lab.freeze('node2');
    await send(lab.node1, 'x'.repeat(40_000));
    let [taken, lost] = [0, 0];
    await until('all have left the sender', patienceMs, async () => {
      const { delivered, overrun } = (await lab.serial.counts()).node1;
      [taken, lost] = [delivered - before.delivered, overrun - before.overrun];
      return taken + lost === 40_000;
    });
    assert.ok(taken >= 4000 && taken < 32_000, `the receiver's buffer took ${taken}`);
    await lab.thaw('node2');
  });
  await lab.serial.setBaud(19_200);
});

labTest('the serial device works with the serialport package, and is locked by it', async (lab) => {
  const listening = lab.node2.exec(['node', '--input-type=module', '-e', serialportListen], { timeoutMs: patienceMs });
  const before = (await lab.serial.counts()).node1.delivered;
  await until('the port is open', patienceMs, async () => {
    await send(lab.node1, 'hello\n');
    return (await lab.serial.counts()).node1.delivered > before;
  });
  await send(lab.node1, 'hello\n');
  const { stdout, stderr, code } = await listening;
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^second open: .*[Ll]ock/);
  assert.match(stdout, /heard: hello/);
});

labTest('a serial device that vanishes ends its reader, and comes back as a fresh one', async (lab) => {
  const reading = lab.node2.exec(['python3', '-c', listenFor(serialDevice)]);
  await until('it is open', patienceMs, async () => (await lab.node2.processes()).length >= 2);
  await sleep(50);
  await lab.vanishSerial('node2');
  assert.notEqual((await reading).code, 0);
  assert.notEqual((await lab.node2.exec(['ls', serialDevice])).code, 0);
  await lab.returnSerial('node2');
  await withListener(lab.node2, async (heard) => {
    await send(lab.node1, 'again');
    await until('it has come', patienceMs, async () => (await heard()).text === 'again');
  });
});

labTest('a booted host has a serial port with empty buffers', async (lab: Lab) => {
  await send(lab.node1, 'old');
  await lab.powerCut('node2');
  await lab.boot('node2');
  await withListener(lab.node2, async (heard) => {
    await send(lab.node1, 'new');
    await until('it has come', patienceMs, async () => (await heard()).text === 'new');
  });
});

interface Heard {
  readonly bytes: number;
  readonly text: string;
  /** From the first piece to the last one. */
  readonly tookMs: number;
}

/** Reads the serial port of `host` while `act` runs. */
async function withListener(host: Host, act: (heard: () => Promise<Heard>) => Promise<void>): Promise<void> {
  await host.start({ name: 'listener', argv: ['python3', '-c', listenFor(serialDevice)] });
  const log = host.readLog('listener').length;
  await until('it listens', patienceMs, () => host.readLog('listener').length > log);
  // The relay looks at a port that was closed each 20 ms, later when it has to wait for its turn.
  await sleep(200);
  const from = host.readLog('listener').lastIndexOf('listening\n') + 'listening\n'.length;
  await act(async () => {
    const lines = host.readLog('listener').slice(from).trim().split('\n').filter(Boolean);
    const pieces = lines.map((line) => JSON.parse(line) as readonly [number, string]);
    const text = pieces.map(([, hex]) => Buffer.from(hex, 'hex').toString('latin1')).join('');
    const tookMs = (pieces.at(-1)?.[0] ?? 0) - (pieces[0]?.[0] ?? 0);
    return { bytes: text.length, text, tookMs };
  });
  if (host.pidOf('listener') !== undefined) await host.kill('listener');
}

/** Writes to the serial port of `host`, for so long as it takes or `withinMs` allows. */
async function send(host: Host, text: string, withinMs = patienceMs): Promise<void> {
  const program = `
import os, select, time
port = os.open("${serialDevice}", os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
rest = b"${text.replaceAll('\n', '\\n')}"
deadline = time.monotonic() + ${withinMs / 1000}
while rest and time.monotonic() < deadline:
    if select.select([], [port], [], 0.1)[1]:
        rest = rest[os.write(port, rest[:512]):]
os.close(port)`;
  await host.run(['python3', '-c', program]);
}

function listenFor(device: string): string {
  return `
import json, os, select, time
port = os.open("${device}", os.O_RDONLY | os.O_NOCTTY)
print("listening", flush=True)
while True:
    piece = os.read(port, 4096)
    if not piece:
        raise SystemExit(1)
    print(json.dumps([time.monotonic() * 1000, piece.hex()]), flush=True)`;
}

const serialportListen = `
import { SerialPort } from 'serialport';
const open = async () => {
  const port = new SerialPort({ path: '${serialDevice}', baudRate: 19200, autoOpen: false });
  port.on('error', () => {});
  await new Promise((resolve, reject) => port.open((error) => (error ? reject(error) : resolve())));
  return port;
};
const port = await open();
await open().catch((error) => console.log('second open:', error.message));
let text = '';
port.on('data', (chunk) => {
  text += chunk;
  if (!text.includes('hello')) return;
  console.log('heard: hello');
  process.exit(0);
});`;
