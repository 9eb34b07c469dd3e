import { execFileSync } from 'node:child_process';
import { askRoute } from '../../../src/adapters/linux/routes.ts';
import { deviceOf, mtuOf } from '../../../src/control/localDevices.ts';

/** Run by `routes.test.ts` in a network namespace of its own: prints by which devices packets would leave. */
const commands = [
  'link set lo up',
  'link add name a0 type veth peer name b0',
  'link add name a1 type veth peer name b1',
  ...['a0', 'b0', 'a1', 'b1'].map((device) => `link set ${device} up`),
  'addr add 10.9.0.1/24 dev a0 label a0:7',
  'addr add 10.9.1.1/24 dev a1',
  'addr add fd00:9::1/64 dev a0 nodad',
  'link set a1 mtu 1400',
  // What the main table alone does not say.
  'route add 10.9.0.0/24 dev a1 table 7',
  'rule add from 10.9.1.1 table 7',
];
for (const command of commands) execFileSync('ip', command.split(' '));
const asked = await Promise.all([
  askRoute({ family: 4, from: '10.9.0.1', to: '10.9.0.2' }),
  askRoute({ family: 4, from: '10.9.0.1', to: '10.9.1.2' }),
  askRoute({ family: 4, from: '10.9.1.1', to: '10.9.0.2' }),
  askRoute({ family: 4, from: '10.9.0.1', to: '10.9.1.1' }),
  askRoute({ family: 6, from: 'fd00:9::1', to: 'fd00:9::2' }),
  askRoute({ family: 4, from: '10.9.0.1', to: '203.0.113.1' }),
  askRoute({ family: 4, from: 'nonsense', to: '10.9.0.2' }),
]);
process.stdout.write(
  JSON.stringify({
    asked,
    devices: [deviceOf('10.9.0.1'), deviceOf('fd00:9::1'), deviceOf('fe80::1%b1'), deviceOf('10.9.9.9') ?? null],
    mtus: [await mtuOf('a1'), (await mtuOf('no-such-device')) ?? null],
  }),
);
