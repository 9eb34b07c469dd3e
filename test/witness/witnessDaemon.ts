import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WitnessReply, WitnessRequest } from '../../src/core/witnessWords.ts';
import { WitnessCaller } from '../../src/wire/witnessCaller.ts';
import { createWitnessCodec } from '../../src/wire/witnessCodec.ts';

const program = join(import.meta.dirname, '../../bin/twinbeatd');
const secret = 'one-secret-of-a-test-that-is-long-enough';

export const testPair = {
  cluster: 'plone',
  nodes: ['node1', 'node2'] as const,
  keys: [{ id: 1, secret: new TextEncoder().encode(secret) }],
  signingKeyId: 1,
};

/** `twinbeatd --witness` as a process of its own, on a port of the loopback that is free. */
export class WitnessDaemon {
  readonly directory: string = mkdtempSync(join(tmpdir(), 'twinbeat-witness-'));
  readonly stateDir: string = join(this.directory, 'state');
  port = 0;
  #process: ChildProcess | undefined;
  #log = '';

  constructor(
    yaml = 'address: 127.0.0.1\nport: PORT\nclusters:\n  plone: { nodes: [node1, node2], authkeys: keys }\n',
  ) {
    writeFileSync(join(this.directory, 'keys'), `auth 1\n1 sha256 ${secret}\n`, { mode: 0o600 });
    this.#yaml = yaml;
  }

  readonly #yaml: string;

  get log(): string {
    return this.#log;
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  async start(): Promise<void> {
    if (this.port === 0) this.port = await freePort();
    const config = join(this.directory, 'witness.yaml');
    writeFileSync(config, this.#yaml.replace('PORT', String(this.port)));
    this.#log = '';
    const child = spawn(program, ['--witness', '--config', config, '--state-dir', this.stateDir], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#process = child;
    child.stderr.on('data', (bytes: Buffer) => (this.#log += bytes.toString()));
    for (let tries = 0; !this.#log.includes('is the witness of'); tries += 1) {
      assert.ok(tries < 400 && child.exitCode === null, this.#log);
      await sleep(25);
    }
  }

  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    child.kill(signal);
    return ended;
  }

  state(): string {
    return readFileSync(join(this.stateDir, 'plone.json'), 'utf8');
  }

  async destroy(): Promise<void> {
    await this.end('SIGKILL');
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** One node that asks, over a real socket. */
export class Asker {
  readonly sent: Uint8Array[] = [];
  readonly socket: Socket = createSocket('udp4');
  readonly #caller: WitnessCaller;
  readonly #port: number;
  #count = 0;

  constructor(self: 'node1' | 'node2', port: number) {
    this.#port = port;
    this.#caller = new WitnessCaller({
      codec: createWitnessCodec(testPair),
      self,
      drawNonce: () => (this.#count += 1).toString(16).padStart(16, self === 'node1' ? 'a' : 'b'),
      send: (bytes) => {
        this.sent.push(bytes);
        this.socket.send(bytes, this.#port, '127.0.0.1');
      },
    });
    this.socket.on('message', (bytes) => void this.#caller.hear(bytes));
    this.socket.on('error', () => undefined);
  }

  /** Undefined: no answer came. */
  ask(change: Partial<WitnessRequest> = {}, waitMs = 2_000): Promise<WitnessReply | undefined> {
    const request: WitnessRequest = {
      group: 'site',
      wish: 'renew',
      isHolding: false,
      epoch: { counter: 0, node: '' },
      servedEpoch: { counter: 0, node: '' },
      leaseMs: 600,
      ...change,
    };
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        end();
        resolve(undefined);
      }, waitMs);
      const end = this.#caller.ask(request, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
    });
  }

  close(): void {
    this.socket.close();
  }
}

function freePort(): Promise<number> {
  const socket = createSocket('udp4');
  return new Promise((resolve) => {
    socket.bind(0, '127.0.0.1', () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    });
  });
}
