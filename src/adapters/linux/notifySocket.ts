import type * as koffiModule from 'koffi';

/** The service manager's ear (sd_notify(3)). */
export interface NotifySocket {
  /** Lines `KEY=value`. False: not taken, because its queue is full or nobody listens; try again later. Never waits. */
  send(text: string): boolean;
  close(): void;
}

export type NotifySocketOpened =
  | { readonly ok: true; readonly socket: NotifySocket }
  | { readonly ok: false; readonly sentence: string };

const afUnix = 1;
const sockDgram = 2;
const sockNonblock = 0o4000;
const sockCloexec = 0o2000000;
const msgNosignal = 0x4000;
/** sun_path of unix(7). */
const pathBytesMax = 108;

/**
 * Opens the socket that `NOTIFY_SOCKET` names: a path, or `@name` for one of the abstract namespace.
 *
 * Node has no datagram sockets of the unix family, and a program sent in its place would cost the head a fork.
 */
export async function openNotifySocket(name: string): Promise<NotifySocketOpened> {
  const address = addressOf(name);
  if (address === undefined) {
    return { ok: false, sentence: `NOTIFY_SOCKET is ${name.slice(0, pathBytesMax)}, which is no unix socket` };
  }
  try {
    return open(await import('koffi'), address);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { ok: false, sentence: `the service manager cannot be told anything: ${reason}` };
  }
}

type LibcFunction = (...args: readonly (number | Uint8Array)[]) => number;

function open(koffi: typeof koffiModule, address: Buffer): NotifySocketOpened {
  const self = koffi.load(null);
  const socket = self.func('int socket(int domain, int type, int protocol)') as LibcFunction;
  const close = self.func('int close(int fd)') as LibcFunction;
  const sendto = self.func(
    'long sendto(int fd, const uint8_t *bytes, size_t length, int flags, const uint8_t *to, uint32_t toLength)',
  ) as LibcFunction;
  const fd = socket(afUnix, sockDgram | sockNonblock | sockCloexec, 0);
  if (fd < 0) return { ok: false, sentence: `no socket for the service manager (errno ${koffi.errno()})` };
  return {
    ok: true,
    socket: {
      send: (text) => {
        const bytes = Buffer.from(text);
        return Number(sendto(fd, bytes, bytes.length, msgNosignal, address, address.length)) === bytes.length;
      },
      close: () => void close(fd),
    },
  };
}

/** `struct sockaddr_un`: an abstract name begins with a zero byte and ends with the length, a path ends with one. */
function addressOf(name: string): Buffer | undefined {
  const isAbstract = name.startsWith('@');
  const path = isAbstract ? Buffer.from(`\0${name.slice(1)}`) : Buffer.from(`${name}\0`);
  if (!(isAbstract || name.startsWith('/')) || path.length < 3 || path.length > pathBytesMax) return undefined;
  const family = Buffer.alloc(2);
  family.writeUInt16LE(afUnix);
  return Buffer.concat([family, path]);
}
