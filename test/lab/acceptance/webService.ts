import { until } from '../../../lab/clock.ts';
import type { Host } from '../../../lab/host.ts';
import { pythonPath } from '../../../lab/namespaces.ts';

const port = 8099;

/** A TCP service that tells each caller the name of its host. It runs whoever holds the address. */
export async function startWebService(host: Host): Promise<void> {
  await host.start({ name: 'web', argv: [pythonPath(), '-c', server] });
}

/** The name of the host that answers TCP at `address`, asked from `client` until somebody does. */
export async function whoAnswers(client: Host, address: string, withinMs: number): Promise<string> {
  let answer = '';
  await until(`somebody answers TCP at ${address}`, withinMs, async () => {
    const asked = await client.exec([pythonPath(), '-c', ask, address], { timeoutMs: 3000 });
    answer = asked.stdout.trim();
    return asked.code === 0;
  });
  return answer;
}

const server = `
import os, socket
server = socket.create_server(("::", ${port}), family=socket.AF_INET6, dualstack_ipv6=True)
while True:
    caller, _ = server.accept()
    caller.sendall(os.uname().nodename.encode())
    caller.close()
`;

const ask = `
import socket, sys
with socket.create_connection((sys.argv[1], ${port}), timeout=0.3) as connection:
    connection.settimeout(0.3)
    print(connection.recv(100).decode())
`;
