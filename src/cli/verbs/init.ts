import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { newAuthkeys } from '../../config/authkeysText.ts';
import { loadConfig } from '../../config/loadConfig.ts';
import type { ConfigText } from '../../config/problem.ts';
import { renderProblem } from '../../config/renderProblem.ts';
import { exitCodes } from '../../control/controlProtocol.ts';
import { keyFingerprint } from '../../control/keyFingerprint.ts';
import { type Call, ended } from '../daemon.ts';
import type { Answers } from '../setup/answers.ts';
import { haresourcesText, yamlText } from '../setup/configTexts.ts';
import { copySteps } from '../setup/copySteps.ts';
import { newSecret } from '../setup/keyFile.ts';
import { lookAtMachine, type Machine } from '../setup/machine.ts';
import { placeFile } from '../setup/placeFile.ts';
import { type Asker, askAnswers, confirm } from '../setup/questions.ts';
import { isSomebodys } from '../setup/shipped.ts';
import { openTerminal } from '../setup/terminal.ts';
import { clean, jsonLine } from '../text/clean.ts';
import { paintFor } from '../text/paint.ts';

export interface InitOptions {
  readonly given: Partial<Answers>;
  readonly folder: string;
  /** Ask for what is not given. */
  readonly isAsking: boolean;
  readonly isForced: boolean;
}

/** The person and the machine; a test brings its own. */
export interface Surroundings {
  /** Undefined where there is nobody to ask. */
  openAsker(): (Asker & { close(): void }) | undefined;
  machine(): Promise<Machine>;
}

/** `hactl init`: asks, or takes its options, and writes the three files of a pair. */
export async function init(call: Call, options: InitOptions, around: Surroundings = real): Promise<number> {
  const { folder, isForced, given } = options;
  const taken = isForced ? [] : await somebodysFiles(folder);
  if (taken.length > 0) {
    const next = 'look at it, or: --output DIR, or --force';
    return ended(call, 'refused', `${taken.join(', ')} would be replaced`, next, exitCodes.refused);
  }
  const asker = options.isAsking ? around.openAsker() : undefined;
  if (asker === undefined && (given.nodes === undefined || given.channels === undefined)) {
    const sentence = 'with nobody to ask, --nodes and at least one channel must be given';
    return ended(call, 'failed', sentence, 'hactl init --help', exitCodes.usage);
  }
  try {
    const answers = asker === undefined ? withDefaults(given) : await askAnswers(asker, await around.machine(), given);
    return answers === undefined ? await nothingWritten(call) : await write(call, options, answers, asker);
  } finally {
    asker?.close();
  }
}

const names = { yaml: 'twinbeat.yaml', haresources: 'haresources', authkeys: 'authkeys' } as const;
const real: Surroundings = { openAsker: openTerminal, machine: () => lookAtMachine() };

async function write(
  call: Call,
  { folder, isForced }: InitOptions,
  answers: Answers,
  asker: Asker | undefined,
): Promise<number> {
  const { io } = call;
  const secret = newSecret();
  const yaml = { file: join(folder, names.yaml), text: yamlText(answers) };
  const haresources = { file: join(folder, names.haresources), text: haresourcesText(answers) };
  const authkeys = { file: join(folder, names.authkeys), text: newAuthkeys(1, secret) };
  if (!(await isGood(call, yaml, haresources, authkeys))) return exitCodes.configInvalid;
  if (asker !== undefined) {
    for (const { file, text } of [yaml, haresources]) await io.out(`\n${clean(file)}:\n${text.trimEnd()}`);
    if (!(await confirm(asker, `\nWrite these, and a new key, to ${folder}?`, true))) return nothingWritten(call);
  }
  // One level only: Node's recursive mkdir never returns below /proc.
  await mkdir(folder, { mode: 0o755 }).catch(() => undefined);
  // The key last: a file of somebody's appears only now and then between the look and here, and a key is not replaced.
  for (const { file, text } of [yaml, haresources, authkeys]) {
    const isKey = file === authkeys.file;
    const placing = { mode: isKey ? 0o600 : 0o644, isReplacing: isForced || !isKey, isDaemons: isKey };
    const placed = await placeFile(file, text, placing);
    if (placed.ok) continue;
    return ended(call, 'failed', placed.sentence, '', exitCodes.failed);
  }
  const fingerprint = keyFingerprint({ secret: Buffer.from(secret) });
  const files = [yaml.file, haresources.file, authkeys.file];
  const next = nextSteps(answers, folder);
  const written = `written: ${files.join(' ')} (key ${fingerprint})`;
  if (call.isJson) {
    await io.out(jsonLine({ type: 'done', sentence: written, next, files, fingerprint }));
    return exitCodes.ok;
  }
  await io.out(clean(written));
  for (const step of next) await io.out(`next: ${clean(step)}`);
  return exitCodes.ok;
}

/** Shows what is wrong or doubtful with what was said. */
async function isGood(call: Call, yaml: ConfigText, haresources: ConfigText, authkeys: ConfigText): Promise<boolean> {
  const { io, isJson } = call;
  const paint = paintFor(io.hasColours);
  const loaded = loadConfig({ yaml, haresources, authkeys: { ...authkeys, mode: 0o600 } });
  const textOf = (file: string): string => [yaml, haresources].find((source) => source.file === file)?.text ?? '';
  for (const warning of isJson ? [] : loaded.warnings) {
    await io.out(`${paint('warning', 'warning:')} ${renderProblem(warning, textOf(warning.file))}\n`);
  }
  if (loaded.ok) return true;
  const { problems } = loaded;
  const sentence = 'what was said makes no config; nothing was written';
  if (isJson) {
    await io.out(jsonLine({ type: 'failed', sentence, next: '', problems, exitCode: exitCodes.configInvalid }));
    return false;
  }
  for (const problem of problems) io.err(renderProblem(problem, textOf(problem.file)));
  await ended(call, 'failed', sentence, '', exitCodes.configInvalid);
  return false;
}

function withDefaults({
  cluster = 'pair',
  nodes = ['', ''],
  channels = [],
  address,
  resources = [],
}: Partial<Answers>): Answers {
  return { cluster, nodes, channels, address, resources };
}

async function somebodysFiles(folder: string): Promise<readonly string[]> {
  const files = Object.values(names).map((name) => join(folder, name));
  const are = await Promise.all(files.map(isSomebodys));
  return files.filter((_, index) => are[index]);
}

async function nothingWritten(call: Call): Promise<number> {
  if (call.isJson) return ended(call, 'failed', 'nothing was written', '', exitCodes.failed);
  call.io.err('nothing was written');
  return exitCodes.failed;
}

function nextSteps({ nodes: [own, other], address, resources }: Answers, folder: string): readonly string[] {
  const service = address === undefined && resources.length === 0;
  return [
    ...(service ? [`say what moves, in ${join(folder, names.haresources)}`] : []),
    ...copySteps(folder, Object.values(names), other),
    `on ${own} and on ${other}: sudo hactl check, then sudo systemctl enable --now twinbeat`,
    'sudo hactl status',
  ];
}
