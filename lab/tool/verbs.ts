import { spawn } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join, resolve } from 'node:path';
import { sleep } from '../clock.ts';
import { whatIsPossible } from '../needs.ts';
import { ask, claimLabDir, clearLabDir, labDir } from './socket.ts';
import type { Entrance, LabStatus } from './supervisor.ts';

/** A sentence for the person at the keyboard; no stack trace. */
export class LabToolError extends Error {}

const upWithinMs = 30_000;

/** Starts the supervisor in the background, and waits until it answers. */
export async function up(configFolder: string | undefined): Promise<string> {
  if ((await ask({ verb: 'status', args: [] })) !== undefined) {
    throw new LabToolError('a lab is up already: look with `npm run lab status`, or end it with `npm run lab down`');
  }
  const possible = whatIsPossible();
  if (!possible.ok) throw new LabToolError(possible.sentence);
  // Left over from a lab that was killed.
  clearLabDir();
  const logFile = join(claimLabDir(), 'log');
  const log = openSync(logFile, 'w', 0o600);
  const main = new URL('../main.ts', import.meta.url).pathname;
  const words = configFolder === undefined ? [] : [resolve(configFolder)];
  const supervisor = spawn(process.execPath, [main, 'supervise', ...words], {
    detached: true,
    stdio: ['ignore', log, log],
  });
  let hasEnded = false;
  supervisor.once('exit', () => {
    hasEnded = true;
  });
  supervisor.unref();
  for (let waitedMs = 0; waitedMs < upWithinMs && !hasEnded; waitedMs += 50) {
    if ((await ask({ verb: 'status', args: [] })) !== undefined) return await status();
    await sleep(50);
  }
  if (supervisor.pid !== undefined && !hasEnded) process.kill(supervisor.pid, 'SIGKILL');
  throw new LabToolError(`the lab did not come up:\n${readFileSync(logFile, 'utf8').trim()}`);
}

export async function down(): Promise<string> {
  await request('down', []);
  for (let waitedMs = 0; waitedMs < upWithinMs; waitedMs += 50) {
    if ((await ask({ verb: 'status', args: [] })) === undefined) return 'the lab is down';
    await sleep(50);
  }
  throw new LabToolError(`the lab does not end; its log is ${join(labDir(), 'log')}`);
}

export async function status(): Promise<string> {
  const { mode, cuts, floating, hosts } = (await request('status', [])) as LabStatus;
  const lines = hosts.map(({ name, state, bootId, daemon }) => {
    const words = [name.padEnd(7), state.padEnd(7), bootId ?? '', daemon === undefined ? '' : `twinbeatd ${daemon}`];
    return words.join(' ').trimEnd();
  });
  return [
    ...lines,
    `cut: ${cuts.join(' ') || 'nothing'}`,
    `${floating.address}: ${floating.holders.join(' and ') || 'nobody'}`,
    ...(mode === 'user' ? ['(in a user namespace: servers that change user do not run here)'] : []),
  ].join('\n');
}

/** Does something to the lab. Returns how long it took, in words. */
export async function act(verb: string, args: readonly string[]): Promise<string> {
  const done = (await request(verb, args)) as { what: string; startedMs: number; doneMs: number } | undefined;
  return done === undefined ? 'done' : `${done.what}: done in ${Math.round(done.doneMs - done.startedMs)} ms`;
}

export async function log(args: readonly string[]): Promise<string> {
  return (await request('log', args)) as string;
}

/** Runs a command on a host with this terminal; a shell without one. Returns its exit code. */
export async function exec(host: string, command: readonly string[]): Promise<number> {
  const { argv, env } = (await request('enter', [host])) as Entrance;
  const [file = '', ...args] = [...argv, 'env', '-C', process.cwd(), ...(command.length === 0 ? ['sh'] : command)];
  const prompt = { PS1: `${host}# `, TERM: process.env['TERM'] ?? 'dumb' };
  const child = spawn(file, args, { stdio: 'inherit', env: { ...env, ...prompt } });
  // Ctrl-C is for the command.
  process.on('SIGINT', () => {});
  return await new Promise((resolveCode, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      resolveCode(code ?? (signal === null ? 1 : 128 + constants.signals[signal]));
    });
  });
}

async function request(verb: string, args: readonly string[]): Promise<unknown> {
  const reply = await ask({ verb, args });
  if (reply === undefined) throw new LabToolError('no lab is up: start one with `npm run lab up`');
  if (!reply.ok) throw new LabToolError(reply.because);
  return reply.result;
}
