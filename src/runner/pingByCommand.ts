import { spawn } from 'node:child_process';
import type { Ping, PingResult } from './icmp.ts';
import { spawned } from './spawned.ts';

/** The way without ICMP sockets of our own: the `ping` of iputils, a process for each question. */
export const pingByCommand: Ping = (target, timeoutMs) =>
  new Promise<PingResult>((resolve) => {
    const seconds = String(Math.max(1, Math.ceil(timeoutMs / 1000)));
    const words = ['-n', '-q', '-c', '1', '-W', seconds, target];
    const unsent = (reason: string): void =>
      resolve({ kind: 'unsent', detail: `ping (package iputils-ping): ${reason}` });
    const options = { cwd: '/', stdio: 'ignore', timeout: timeoutMs, killSignal: 'SIGKILL' } as const;
    const child = spawned(() => spawn('ping', words, options));
    if (typeof child === 'string') {
      unsent(child);
      return;
    }
    child.on('error', ({ message }) => unsent(message));
    child.on('close', (code) => resolve(code === 0 ? { kind: 'answered' } : { kind: 'silent' }));
  });
