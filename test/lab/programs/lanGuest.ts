import { createSocket } from 'node:dgram';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * A guest on the LAN who takes part in a channel's group: hears a few real beats, and sends garbage, cut, flipped,
 * forged, replayed and oversized ones from the port of the daemons. Prints how many.
 *
 *     lanGuest.ts TO PORT OWN-ADDRESS [DEVICE]      DEVICE for an IPv6 group
 */
const [to = '', portText = '', ownAddress = '', device] = process.argv.slice(2);
const port = Number(portText);
const isMulticast = to !== '255.255.255.255';
const type = device === undefined ? 'udp4' : 'udp6';
const beatsWanted = 3;

const beats = await hear();
const out = createSocket({ type, reuseAddr: true });
await new Promise<void>((resolve) => out.bind(port, ownAddress, resolve));
if (!isMulticast) out.setBroadcast(true);
else out.setMulticastInterface(device === undefined ? ownAddress : `::%${device}`);
let sent = 0;
for (const datagram of noise(beats)) {
  await new Promise((resolve) => out.send(datagram, port, to, resolve));
  sent += 1;
  if (sent % 20 === 0) await sleep(5);
}
out.close();
process.stdout.write(String(sent));

async function hear(): Promise<readonly Buffer[]> {
  const heard: Buffer[] = [];
  const ear = createSocket({ type, reuseAddr: true });
  await new Promise<void>((resolve) => ear.bind(port, resolve));
  if (isMulticast) ear.addMembership(to, device === undefined ? ownAddress : `::%${device}`);
  await new Promise<void>((resolve) => {
    ear.on('message', (bytes) => {
      heard.push(bytes);
      if (heard.length === beatsWanted) resolve();
    });
  });
  ear.close();
  return heard;
}

function* noise(real: readonly Buffer[]): Generator<Buffer> {
  for (let seed = 1; seed <= 300; seed += 1) yield garbage(seed, (seed * 37) % 1400);
  for (const beat of real) {
    for (let length = 0; length < beat.length; length += 1) yield beat.subarray(0, length);
    for (let bit = 0; bit < beat.length * 8; bit += 11) {
      const flipped = Buffer.from(beat);
      flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      yield flipped;
    }
    for (let seed = 1; seed <= 20; seed += 1) {
      // Everything right but the signature, which is at the end.
      yield Buffer.concat([beat.subarray(0, -16), garbage(seed, 16)]);
      yield Buffer.concat([beat, garbage(seed, seed * 29)]);
      yield beat;
    }
  }
  for (const size of [1473, 3000, 9000]) yield garbage(size, size);
}

/** The same bytes for the same seed. */
function garbage(seed: number, size: number): Buffer {
  let state = seed;
  return Buffer.from(
    Array.from({ length: size }, () => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return state >>> 24;
    }),
  );
}
