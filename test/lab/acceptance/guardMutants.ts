import type { Edit } from '../changedCheckout.ts';
import type { Mutant } from '../mutant.ts';

const edit = (file: string, from: string, to: string): Edit => ({ file, from, to });

/** What ping targets and the watchdog are for, switched off. */
export const guardMutants: readonly Mutant[] = [
  {
    file: 'ping',
    row: 'ping: an owner whose LAN is cut',
    off: 'an owner without any ping target hands over (rule isolated)',
    edits: [edit('src/core/facts.ts', "canPeer && isPingLostHereAlone(state, atMs) ? 'handOver' : 'none'", "'none'")],
    says: 'node2 answers',
  },
  {
    file: 'ping',
    row: 'ping: a node that reaches no target',
    off: 'a node that no target answers takes nothing over by silence',
    edits: [edit('src/core/facts.ts', "view === 'down' || view === 'unknown'", 'false')],
    says: 'it holds',
  },
  {
    file: 'watchdog',
    row: 'watchdog: a host that hangs',
    off: 'orders to pet are carried out',
    edits: [edit('src/runner/watchdog.ts', 'this.#handle?.write(petByte)', 'petByte')],
    says: 'petted each half second',
  },
];
