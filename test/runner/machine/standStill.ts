/** As a stopped process or a slow disk would: nothing else happens in this process meanwhile. */
export function standStillMs(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
