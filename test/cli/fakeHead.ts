import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { hactl } from '../../src/cli/hactl.ts';
import type { Io } from '../../src/cli/io.ts';
import type { Handler } from '../../src/control/controlConnection.ts';
import { openControlServer } from '../../src/control/controlServer.ts';

/** The control sockets of a daemon that says what a test wants; returns their folder. */
export async function fakeHead(t: TestContext, handler: Handler): Promise<string> {
  const runDir = folder(t);
  const groups = { status: 'no-such-group', sync: 'no-such-group' };
  const opened = await openControlServer({ runDir, handler, groups });
  assert(opened.ok);
  t.after(() => opened.server.close());
  return runDir;
}

/** Something that listens on `control.sock` and is no daemon: sends `bytes` to whoever asks. */
export async function fakeStranger(t: TestContext, onAsked: (socket: Socket) => void): Promise<string> {
  const runDir = folder(t);
  const server = createServer((socket) => {
    t.after(() => socket.destroy());
    socket.on('error', () => undefined);
    socket.once('data', () => onAsked(socket));
  });
  t.after(() => server.close());
  server.listen(join(runDir, 'control.sock'));
  await once(server, 'listening');
  return runDir;
}

export function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'twinbeat-cli-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

export interface Run {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `hactl` in this process, without a terminal unless `io` says so. */
export async function run(runDir: string, words: readonly string[], io: Partial<Io> = {}): Promise<Run> {
  const out: string[] = [];
  const err: string[] = [];
  const all: Io = {
    out: (text) => void out.push(text),
    err: (text) => void err.push(text),
    isTerminal: false,
    hasColours: false,
    settle: () => undefined,
    width: () => 80,
    openScreen: () => assert.fail('this is no terminal'),
    interrupted: () => new AbortController().signal,
    ...io,
  };
  const exitCode = await hactl(['--socket', join(runDir, 'control.sock'), ...words], all);
  return { exitCode, out: out.join('\n'), err: err.join('\n') };
}
