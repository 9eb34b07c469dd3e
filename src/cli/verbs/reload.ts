import { askDaemon, type Call, finish } from '../daemon.ts';

/** `hactl reload`: the daemon reads its files again and takes them over, or says why not. */
export async function reload(call: Call): Promise<number> {
  return finish(
    call,
    await askDaemon(call, { verb: 'reload' }, () => undefined, { firstLineMs: reloadMs, totalMs: reloadMs }),
  );
}

/** The runner is asked too, and both read files. */
const reloadMs = 15_000;
