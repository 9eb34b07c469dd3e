/** Brings up a lab in full use, says where it is, and waits to be killed. */
import { Lab } from '../../../lab/lab.ts';
import { floatingAddress } from '../../../lab/topology.ts';

const mode = process.argv[2] === 'user' ? 'user' : undefined;
const lab = await Lab.create(mode === undefined ? {} : { mode });
await lab.node1.run(['ip', 'addr', 'add', `${floatingAddress}/32`, 'dev', 'eth0']);
await lab.probe(floatingAddress);
await lab.announcements();
await lab.hog('node1', 1);
// A command that hangs on a frozen host is what a careless lab leaves behind.
void lab.node2.exec(['sleep', '1000']);
await lab.node2.start({ name: 'sleeper', argv: ['sh', '-c', 'setsid sleep 1001 & sleep 1002'] });
await lab.cut('cross');
await lab.freeze('node2');
process.stdout.write(`${JSON.stringify([lab.pid, ...lab.hostsOn.map((host) => host.initPid)])}\n`);
