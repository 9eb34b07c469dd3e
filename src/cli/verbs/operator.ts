import type { Request } from '../../control/controlProtocol.ts';
import { askDaemon, type Call, finish } from '../daemon.ts';

/** `confirm-dead`, `confirm-stopped` and `ack`: something that an operator states, answered in one line. */
export async function state(
  call: Call,
  asked: Extract<Request, { readonly verb: 'confirm-dead' | 'confirm-stopped' | 'ack' }>,
): Promise<number> {
  return finish(call, await askDaemon(call, asked, () => undefined, { totalMs: operatorMs }));
}

/** The daemon writes it to disk before it answers. */
const operatorMs = 10_000;
