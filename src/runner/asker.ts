import { setTimeout as sleep } from 'node:timers/promises';
import type { RunnerAskAnswer } from '../control/runnerProtocol.ts';
import { arpProbe, claimantOf, neighbourProbe } from './frames.ts';
import type { Link } from './ipLines.ts';
import type { Ear } from './libcSockets.ts';
import { monotonicMs } from './monotonic.ts';
import type { Packets } from './packets.ts';

export interface Question {
  readonly address: string;
  readonly family: 4 | 6;
  readonly link: Link;
}

/**
 * Asks the LAN who holds these addresses: probes spread over `waitMs`, until somebody answers or the time is up.
 * `silent` means that every address was asked for and nobody but this machine answered.
 */
export async function askLan(
  questions: readonly Question[],
  waitMs: number,
  packets: Packets,
): Promise<RunnerAskAnswer> {
  const opened: { readonly question: Question; readonly ear: Ear }[] = [];
  try {
    for (const question of questions) {
      if (!question.link.hasCarrier) return { kind: 'impossible', detail: `${question.link.device} has no carrier` };
      const ear = packets.listen(question.link.index, question.family);
      if (typeof ear === 'string') return { kind: 'impossible', detail: `${question.link.device}: ${ear}` };
      opened.push({ question, ear });
    }
    return await probeAndListen(opened, waitMs, packets);
  } finally {
    for (const { ear } of opened) ear.close();
  }
}

/** One lost frame must not look like silence. */
const probeCount = 3;
/** Frames taken from one ear at a time: a flood must not hold the loop. */
const framesPerTurnMax = 50;
const pollMs = 1;

async function probeAndListen(
  opened: readonly { readonly question: Question; readonly ear: Ear }[],
  waitMs: number,
  packets: Packets,
): Promise<RunnerAskAnswer> {
  const startMs = monotonicMs();
  let probesSent = 0;
  for (;;) {
    const passedMs = monotonicMs() - startMs;
    // The last probe leaves a third of the time for its answer.
    while (probesSent < probeCount && passedMs >= (waitMs * probesSent) / probeCount) {
      for (const { question } of opened) {
        const problem = packets.send(question.link.index, probeFor(question));
        if (problem !== undefined)
          return { kind: 'impossible', detail: `${question.address} cannot be asked for: ${problem}` };
      }
      probesSent += 1;
    }
    for (const { question, ear } of opened) {
      const mac = claimHeard(ear, question);
      if (mac !== undefined) return { kind: 'answered', mac, address: question.address };
    }
    if (passedMs >= waitMs) return { kind: 'silent' };
    await sleep(pollMs);
  }
}

function probeFor({ address, family, link }: Question): Buffer {
  return family === 4 ? arpProbe(address, link.mac) : neighbourProbe(address, link.mac);
}

function claimHeard(ear: Ear, { address, link }: Question): string | undefined {
  for (let count = 0; count < framesPerTurnMax; count += 1) {
    const frame = ear.receive();
    if (frame === undefined) return undefined;
    const mac = claimantOf(frame, address);
    if (mac !== undefined && mac !== link.mac) return mac;
  }
  return undefined;
}
