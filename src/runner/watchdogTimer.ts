/** Sets the time of an open watchdog and returns what it counts from then on, in milliseconds; or why it cannot. */
export type WatchdogTimer = (fd: number, timeoutMs: number) => number | string;

/** By ioctl(2), see Documentation/watchdog/watchdog-api.rst of the kernel; the sentence why it cannot be had. */
export async function openWatchdogTimer(): Promise<WatchdogTimer | string> {
  try {
    const koffi = await import('koffi');
    const ioctl = koffi.load('libc.so.6').func('int ioctl(int fd, ulong request, void *value)') as (
      fd: number,
      request: number,
      value: Buffer,
    ) => number;
    return (fd, timeoutMs) => {
      const seconds = Buffer.alloc(4);
      seconds.writeInt32LE(Math.ceil(timeoutMs / 1000));
      // Some devices have one time only; what they say they count is what counts.
      ioctl(fd, setTimeoutRequest, seconds);
      if (ioctl(fd, getTimeoutRequest, seconds) !== 0) return `it is no watchdog device (errno ${koffi.errno()})`;
      return 1000 * seconds.readInt32LE();
    };
  } catch (error) {
    return `ioctl is not available: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** WDIOC_SETTIMEOUT and WDIOC_GETTIMEOUT: _IOWR('W', 6, int), _IOR('W', 7, int). */
const setTimeoutRequest = 0xc0045706;
const getTimeoutRequest = 0x80045707;
