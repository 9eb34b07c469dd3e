import { basename, dirname } from 'node:path';
import type { KeyRing } from '../../config/authkeys.ts';
import { newAuthkeys } from '../../config/authkeysText.ts';
import { renderProblem } from '../../config/renderProblem.ts';
import { exitCodes, type StatusReport } from '../../control/controlProtocol.ts';
import { keyFingerprint } from '../../control/keyFingerprint.ts';
import { askDaemon, type Call, ended, finalLine } from '../daemon.ts';
import { readReport } from '../readReport.ts';
import { copySteps } from '../setup/copySteps.ts';
import { type KeyFileRead, keyFileOf, newSecret, readKeyFile } from '../setup/keyFile.ts';
import { type Placed, placeFile } from '../setup/placeFile.ts';
import { type Phase, rotate, stageOf } from '../setup/rotation.ts';
import { clean, jsonLine } from '../text/clean.ts';

/** `hactl keys generate`: a file with a new key, or its text with `--print`. */
export async function generateKeys(
  call: Call,
  options: { readonly force?: boolean; readonly print?: boolean },
): Promise<number> {
  const file = keyFileOf(call.configFile);
  const secret = newSecret();
  const text = newAuthkeys(1, secret);
  if (options.print === true) {
    await call.io.out(text.trimEnd());
    return exitCodes.ok;
  }
  const isForced = options.force === true;
  const placed = await placeFile(file, text, { mode: 0o600, isReplacing: isForced, isDaemons: true });
  if (!placed.ok) return notPlaced(call, placed);
  const fingerprint = keyFingerprint({ secret: Buffer.from(secret) });
  const next = [
    ...copySteps(dirname(file), [basename(file)], 'OTHER'),
    ...(isForced ? ['a daemon that runs believes the old key until both nodes have the new file: hactl reload'] : []),
  ];
  return done(call, { file, id: 1, fingerprint }, `${file} has a new key, ${fingerprint}`, next);
}

/** `hactl keys list`: what is in the file and what the daemon uses, by fingerprints. */
export async function listKeys(call: Call): Promise<number> {
  const read = readKeyFile(keyFileOf(call.configFile));
  if (!read.ok) return unreadable(call, read);
  const keys = read.ring.keys.map((key) => ({
    id: key.id,
    fingerprint: keyFingerprint(key),
    signs: key.id === read.ring.signWith,
  }));
  const { report } = await readReport(call);
  const used = report?.keys;
  if (call.isJson) {
    await call.io.out(jsonLine({ file: read.file, keys, daemon: used ?? null }));
    return exitCodes.ok;
  }
  for (const { id, fingerprint, signs } of keys) {
    await call.io.out(`key ${String(id).padEnd(3)}  ${fingerprint}  ${signs ? 'signs' : 'is accepted'}`);
  }
  for (const line of daemonLines(read.ring, report)) await call.io.out(clean(line));
  return exitCodes.ok;
}

/** `hactl keys rotate [PHASE]`: where a rotation is, or one phase of it on this node. */
export async function rotateKeys(call: Call, phase: Phase | undefined, isForced: boolean): Promise<number> {
  const read = readKeyFile(keyFileOf(call.configFile));
  if (!read.ok) return unreadable(call, read);
  const { file, text, ring } = read;
  const { report: daemon } = await readReport(call);
  if (phase === undefined) {
    const { sentence, next } = stageOf({ file, ring, daemon });
    return done(call, { signsWith: ring.signWith, keys: ring.keys.map(({ id }) => id) }, sentence, [next]);
  }
  const rotation = rotate(phase, { file, text, ring, daemon, isForced }, newSecret);
  if (!rotation.ok) return refused(call, rotation.sentence, rotation.next);
  const placing = { mode: 0o600, isReplacing: true, isDaemons: true };
  const placed = await placeFile(file, rotation.text, placing);
  if (!placed.ok) return notPlaced(call, placed);
  if (daemon !== undefined) {
    const limits = { firstLineMs: reloadMs, totalMs: reloadMs };
    const outcome = await askDaemon(call, { verb: 'reload' }, () => undefined, limits);
    const line = finalLine(outcome);
    // With the old file back, a daemon that has taken the new one would go back to the old keys at its next start.
    if (outcome.kind !== 'answered') {
      const sentence = `${line.sentence}; ${file} is the new one, and the daemon may have read it or not`;
      const next = 'hactl reload, then hactl keys list';
      const { exitCode } = line;
      return ended(call, 'failed', sentence, next, exitCode);
    }
    if (line.type !== 'done') {
      const restored = await placeFile(file, text, placing);
      const left = restored.ok ? `${file} is as it was` : restored.sentence;
      return refused(call, `${line.sentence}; ${left}`, line.next);
    }
  }
  const sentence = daemon === undefined ? `${rotation.sentence}; no daemon answers here` : rotation.sentence;
  return done(call, { file, phase }, sentence, rotation.next);
}

/** The runner is asked too, and both read files. */
const reloadMs = 15_000;

function daemonLines(ring: KeyRing, report: StatusReport | undefined): readonly string[] {
  const used = report?.keys;
  if (report === undefined || used === undefined) return ['daemon: none answers here'];
  const peer = Object.entries(report.nodes).find(([, { self }]) => !self)?.[0] ?? 'the peer';
  const theirs = used.peerSignsWith === null ? `${peer} was not heard` : `${peer} signs with key ${used.peerSignsWith}`;
  const written = ring.keys.map((key) => `${key.id} ${keyFingerprint(key)}`).join();
  const inForce = used.accepts.map(({ id, fingerprint }) => `${id} ${fingerprint}`).join();
  const isRead = written === inForce && used.signsWith === ring.signWith;
  return [
    `daemon: signs with key ${used.signsWith}, accepts ${used.accepts.map(({ id }) => id).join(', ')}; ${theirs}`,
    ...(isRead ? [] : ['daemon: it has other keys than this file; run hactl reload']),
  ];
}

async function done(call: Call, fields: object, sentence: string, next: readonly string[]): Promise<number> {
  if (call.isJson) {
    await call.io.out(jsonLine({ type: 'done', sentence, next, ...fields }));
  } else {
    await call.io.out(clean(sentence));
    for (const step of next) await call.io.out(`next: ${clean(step)}`);
  }
  return exitCodes.ok;
}

function refused(call: Call, sentence: string, next: string): Promise<number> {
  return ended(call, 'refused', sentence, next, exitCodes.refused);
}

async function notPlaced(call: Call, placed: Extract<Placed, { readonly ok: false }>): Promise<number> {
  if (placed.kind === 'exists') return refused(call, placed.sentence, 'to change the key of a pair: hactl keys rotate');
  return ended(call, 'failed', placed.sentence, '', exitCodes.failed);
}

async function unreadable(call: Call, read: Extract<KeyFileRead, { readonly ok: false }>): Promise<number> {
  const { problems } = read;
  const exitCode = exitCodes.configInvalid;
  if (call.isJson) await call.io.out(jsonLine({ type: 'failed', problems, exitCode }));
  // Nothing of the file is shown: it holds secrets.
  else for (const problem of problems) call.io.err(renderProblem(problem, ''));
  return exitCode;
}
