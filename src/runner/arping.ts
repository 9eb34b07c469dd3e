import { spawn } from 'node:child_process';
import type { RunnerAskAnswer } from '../control/runnerProtocol.ts';
import type { Announced } from './announcer.ts';
import type { Question } from './asker.ts';
import { spawned } from './spawned.ts';

/** The way without packet sockets of our own: the `arping` of iputils. It knows IPv4 only. */
export function announceByArping({ address, family, device }: Announced): void {
  if (family === 6) return;
  for (const form of ['-U', '-A']) {
    // It lives for a second after its frame: nobody waits for it.
    const words = ['-q', form, '-c', '1', '-I', device, address];
    const child = spawned(() => spawn('arping', words, { stdio: 'ignore' }));
    if (typeof child !== 'string') child.on('error', () => undefined);
  }
}

export async function askByArping(questions: readonly Question[], waitMs: number): Promise<RunnerAskAnswer> {
  for (const { address, family, link } of questions) {
    if (family === 6) return { kind: 'impossible', detail: `${address} cannot be asked for without packet sockets` };
    if (!link.hasCarrier) return { kind: 'impossible', detail: `${link.device} has no carrier` };
    const text = await outputOf(['-D', '-c', '3', '-w', '3', '-I', link.device, address], waitMs);
    if (text === undefined) return { kind: 'impossible', detail: 'arping (package iputils-arping) cannot be run' };
    const mac = /\[([0-9A-Fa-f:]{17})\]/.exec(text)?.[1]?.toLowerCase();
    if (mac !== undefined && mac !== link.mac) return { kind: 'answered', mac, address };
  }
  return { kind: 'silent' };
}

const outputCharsMax = 4096;

function outputOf(args: readonly string[], waitMs: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawned(() => spawn('arping', args, { stdio: ['ignore', 'pipe', 'ignore'], timeout: waitMs }));
    if (typeof child === 'string') {
      resolve(undefined);
      return;
    }
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      text = (text + part).slice(0, outputCharsMax);
    });
    child.on('error', () => resolve(undefined));
    child.on('close', () => resolve(text));
  });
}
