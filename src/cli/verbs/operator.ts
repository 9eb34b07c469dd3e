import type { Request } from '../../control/controlProtocol.ts';
import { askDaemon, type Call, finish } from '../daemon.ts';

type Statement = Extract<
  Request,
  { readonly verb: 'confirm-dead' | 'confirm-stopped' | 'ack' | 'maintenance' | 'online' }
>;

/** Something that an operator states, answered in one line. */
export async function state(call: Call, asked: Statement): Promise<number> {
  return finish(call, await askDaemon(call, asked, () => undefined, { firstLineMs: operatorMs, totalMs: operatorMs }));
}

/** The daemon writes it to disk before it answers. */
const operatorMs = 10_000;
