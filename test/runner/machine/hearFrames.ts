import { openPackets } from '../../../src/runner/packets.ts';

/** Prints each ARP frame and neighbour advertisement of a device, as `MILLISECONDS HEX`, until it is killed. */
const [index = '0'] = process.argv.slice(2);
const packets = await openPackets();
if (typeof packets === 'string') throw new Error(packets);
const ears = ([4, 6] as const).map((family) => packets.listen(Number(index), family));
process.stdout.write('listening\n');
setInterval(() => {
  for (const ear of ears) {
    if (typeof ear === 'string') throw new Error(ear);
    for (let frame = ear.receive(); frame !== undefined; frame = ear.receive()) {
      process.stdout.write(`${Number(process.hrtime.bigint() / 1000n) / 1000} ${frame.toString('hex')}\n`);
    }
  }
}, 1);
