import { execFile } from 'node:child_process';

/** systemd-notify takes milliseconds; a manager that hangs must not leave a process behind. */
const patienceMs = 10_000;

/**
 * Tells the service manager that the socket is open (sd_notify(3)), if one started this process.
 *
 * By a command, because this process may fork. As root its message carries its parent's process id, so
 * `NotifyAccess=main` is enough.
 */
export function sayReady(onTrouble: (sentence: string) => void, environment: NodeJS.ProcessEnv = process.env): void {
  const socket = environment['NOTIFY_SOCKET'];
  if (socket === undefined || socket === '') return;
  const env = { PATH: environment['PATH'], NOTIFY_SOCKET: socket };
  execFile('systemd-notify', ['--ready'], { env, timeout: patienceMs, killSignal: 'SIGKILL' }, (error) => {
    if (error !== null) onTrouble(`the service manager was not told that this runner is ready: ${error.message}`);
  });
}
