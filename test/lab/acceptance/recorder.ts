import type { Host } from '../../../lab/host.ts';
import { floatingAddress } from '../../../lab/topology.ts';
import { configDir } from '../../../lab/twinbeat.ts';

/** What became of a resource: `a start` and so on, and whether the floating address was up at that moment. */
export interface Call {
  readonly resource: string;
  readonly action: string;
  readonly hasAddress: boolean;
}

const callsFile = '/var/log/lab/calls.log';
/** While this file is there, no recorder can be stopped, and each runs on. */
export const stuckFile = '/run/stuck';

/** Puts a script `recorder NAME` into a node's resource.d. It does nothing but keep a record and be on or off. */
export function installRecorder(node: Host): void {
  node.writeFile(`${configDir}/resource.d/recorder`, script, 0o755);
}

/** Every call on a node so far, over all boots. */
export function callsOn(node: Host): readonly Call[] {
  return node
    .readLog('calls')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [resource = '', action = '', address] = line.split(' ');
      return { resource, action, hasAddress: address === 'with' };
    });
}

/** Those that change something: `a start`, `b stop` … */
export function changesIn(calls: readonly Call[]): readonly string[] {
  return calls.filter(({ action }) => action !== 'status').map(({ resource, action }) => `${resource} ${action}`);
}

const script = `#!/bin/sh
address=without
[ -z "$(ip -o addr show to ${floatingAddress}/32)" ] || address=with
echo "$1 $2 $address" >> ${callsFile}
on=/run/recorder.$1
case $2 in
start) : > "$on" ;;
stop) if [ -e ${stuckFile} ]; then echo "it does not stop"; exit 1; fi; rm -f "$on" ;;
status) if [ -e "$on" ]; then echo running; else echo stopped; fi ;;
esac
`;
