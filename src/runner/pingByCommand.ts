import { spawn } from 'node:child_process';
import type { Ping, PingResult } from './icmp.ts';

/** The way without ICMP sockets of our own: the `ping` of iputils, a process for each question. */
export const pingByCommand: Ping = (target, timeoutMs) =>
  new Promise<PingResult>((resolve) => {
    const seconds = String(Math.max(1, Math.ceil(timeoutMs / 1000)));
    const words = ['-n', '-q', '-c', '1', '-W', seconds, target];
    const child = spawn('ping', words, { cwd: '/', stdio: 'ignore', timeout: timeoutMs, killSignal: 'SIGKILL' });
    child.on('error', ({ message }) => resolve({ kind: 'unsent', detail: `ping (package iputils-ping): ${message}` }));
    child.on('close', (code) => resolve(code === 0 ? { kind: 'answered' } : { kind: 'silent' }));
  });
