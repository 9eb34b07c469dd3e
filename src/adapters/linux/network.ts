/** The network functions of the C library that Node does not have. */
export interface Network {
  socket(domain: number, type: number, protocol: number): Answer;
  setOption(fd: number, level: number, name: number, value: Uint8Array): Answer;
  bind(fd: number, address: Uint8Array): Answer;
  send(fd: number, bytes: Uint8Array): Answer;
  /** Fills `bytes`; the value is how many came. */
  receive(fd: number, bytes: Uint8Array): Answer;
  close(fd: number): void;
  /** 0: there is no such device. */
  deviceIndex(name: string): number;
  /** Undefined: no device has that index. */
  deviceName(index: number): string | undefined;
  /** The bytes of a numeric address; undefined when it is none of that family. */
  addressBytes(family: 4 | 6, address: string): Uint8Array | undefined;
}

/** 0 or more, or -1 with the error number. */
export interface Answer {
  readonly value: number;
  readonly errno: number;
}

export type NetworkLoaded =
  | { readonly ok: true; readonly network: Network }
  | { readonly ok: false; readonly reason: string };

let loaded: Promise<NetworkLoaded> | undefined;

/** koffi has no native part for some machines. */
export function loadNetwork(): Promise<NetworkLoaded> {
  loaded ??= load();
  return loaded;
}

export const addressFamily = { 4: 2, 6: 10 } as const;

/** IF_NAMESIZE of net/if.h. */
const deviceNameBytes = 16;

async function load(): Promise<NetworkLoaded> {
  try {
    const koffi = await import('koffi');
    const c = declared(koffi.load(null));
    const answer = (value: number): Answer => ({ value, errno: value < 0 ? koffi.errno() : 0 });
    const network: Network = {
      socket: (domain, type, protocol) => answer(c.socket(domain, type, protocol)),
      setOption: (fd, level, name, value) => answer(c.setsockopt(fd, level, name, value, value.length)),
      bind: (fd, address) => answer(c.bind(fd, address, address.length)),
      send: (fd, bytes) => answer(c.send(fd, bytes, bytes.length, 0)),
      receive: (fd, bytes) => answer(c.recv(fd, bytes, bytes.length, 0)),
      close: (fd) => void c.close(fd),
      deviceIndex: (name) => c.deviceIndex(name),
      deviceName: (index) => {
        const bytes = Buffer.alloc(deviceNameBytes);
        return c.deviceName(index, bytes) === null ? undefined : bytes.toString('latin1', 0, bytes.indexOf(0));
      },
      addressBytes: (family, address) => {
        const bytes = Buffer.alloc(family === 4 ? 4 : 16);
        return c.inetPton(addressFamily[family], address, bytes) === 1 ? bytes : undefined;
      },
    };
    return { ok: true, network };
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : String(error) };
  }
}

interface Declared {
  readonly socket: (domain: number, type: number, protocol: number) => number;
  readonly setsockopt: (fd: number, level: number, name: number, value: Uint8Array, length: number) => number;
  readonly bind: (fd: number, address: Uint8Array, length: number) => number;
  readonly send: (fd: number, bytes: Uint8Array, length: number, flags: number) => number;
  readonly recv: (fd: number, bytes: Uint8Array, length: number, flags: number) => number;
  readonly close: (fd: number) => number;
  readonly deviceIndex: (name: string) => number;
  readonly deviceName: (index: number, name: Uint8Array) => unknown;
  readonly inetPton: (family: number, text: string, bytes: Uint8Array) => number;
}

function declared(self: { func(declaration: string): unknown }): Declared {
  const declare = <F>(declaration: string): F => self.func(declaration) as F;
  return {
    socket: declare('int socket(int domain, int type, int protocol)'),
    setsockopt: declare('int setsockopt(int fd, int level, int name, const uint8_t *value, uint32_t length)'),
    bind: declare('int bind(int fd, const uint8_t *address, uint32_t length)'),
    send: declare('long send(int fd, const uint8_t *bytes, size_t length, int flags)'),
    recv: declare('long recv(int fd, uint8_t *bytes, size_t length, int flags)'),
    close: declare('int close(int fd)'),
    deviceIndex: declare('uint32_t if_nametoindex(const char *name)'),
    deviceName: declare('void *if_indextoname(uint32_t index, uint8_t *name)'),
    inetPton: declare('int inet_pton(int family, const char *text, uint8_t *bytes)'),
  };
}
