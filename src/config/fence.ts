import type { NodeName } from '../core/identity.ts';
import { type FenceDeviceEntry, type FenceEntry, fenceDeviceSchema } from './fenceSchema.ts';
import { type Problem, problemOf } from './problem.ts';
import { atValue, readPart, type Yaml } from './readPart.ts';
import { isSecretOption } from './secretOption.ts';
import type { FenceDevice, FenceLevel, SiteFence } from './siteFence.ts';

/** More are slips, or a maze for whoever has to understand it. */
const levelsMax = 8;
const devicesMax = 4;
/** An agent is a program in Python that talks to a device: less is too short to be run. */
const timeoutMsMin = 1_000;
/** Asking whether a device answers, or a plug is off. */
export const fenceAskMs = 20_000;

const example = '- agent: fence_ipmilan, with node1: { ip: … } and node2: { ip: … }';
const path = ['guards', 'fence'];

/** The levels of the fence with everything filled in; undefined when something is wrong with them. */
export function readFence(
  yaml: Yaml,
  entry: FenceEntry | undefined,
  nodes: readonly [NodeName, NodeName] | undefined,
): SiteFence | undefined {
  if (entry === undefined) return undefined;
  const before = yaml.problems.length;
  for (const node of nodes ?? []) {
    if (!deviceWords.has(node)) continue;
    const message = `no node can be called ${node} where there is a fence: the word has a meaning below its devices`;
    yaml.problems.push(atValue(yaml, ['nodes'], message));
  }
  if (entry.levels.length === 0) yaml.problems.push(atValue(yaml, [...path, 'levels'], 'there is no level', example));
  if (entry.levels.length > levelsMax) {
    yaml.problems.push(atValue(yaml, [...path, 'levels', levelsMax], `a fence has at most ${levelsMax} levels`));
  }
  if (entry.timeout < timeoutMsMin) yaml.problems.push(tooShort(yaml, [...path, 'timeout']));
  const levels = entry.levels
    .slice(0, levelsMax)
    .flatMap((value, index) => readLevel(yaml, value, index, entry, nodes) ?? []);
  const last = levels.findIndex(({ kind }) => kind === 'person');
  if (last !== -1 && last < levels.length - 1) {
    const message = 'a person is waited for without end: nothing after meatware would ever be tried';
    yaml.problems.push(atValue(yaml, [...path, 'levels', last], message, 'write meatware last'));
  }
  for (const node of nodes ?? []) {
    if (yaml.problems.length > before || levels.some((level) => canFence(level, node))) continue;
    const message = `nothing here can fence ${node}: no device says how`;
    yaml.problems.push(
      atValue(yaml, [...path, 'levels'], message, `write below a device what it needs: ${node}: { … }`),
    );
  }
  if (yaml.problems.length > before) return undefined;
  const { delay, test, startup } = entry;
  return { levels, delayMs: delay, testMs: test, isAtStartup: startup };
}

/** Whoever can read the file can switch the machines off. */
export function secretWarnings(
  file: string,
  fence: SiteFence | undefined,
  mode: number | undefined,
): readonly Problem[] {
  if (fence === undefined || mode === undefined || (mode & 0o004) === 0 || !hasSecret(fence)) return [];
  const message = `a password of the fence is in this file, and everybody on this machine may read it (mode ${(mode & 0o777).toString(8).padStart(4, '0')})`;
  return [problemOf(file, message, `chmod o-r ${file}; or let the agent ask for it: password_script: /root/…`)];
}

function hasSecret({ levels }: SiteFence): boolean {
  return levels.some(
    (level) =>
      level.kind === 'devices' &&
      level.devices.some(
        (device) =>
          device.kind === 'agent' &&
          [device.options, ...Object.values(device.nodes)].some((given) => Object.keys(given).some(isSecretOption)),
      ),
  );
}

function readLevel(
  yaml: Yaml,
  value: unknown,
  index: number,
  entry: FenceEntry,
  nodes: readonly NodeName[] | undefined,
): FenceLevel | undefined {
  const levelPath = [...path, 'levels', index];
  if (value === 'meatware') return { kind: 'person' };
  const written: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (written.length === 0 || written.length > devicesMax) {
    yaml.problems.push(atValue(yaml, levelPath, `a level has 1 to ${devicesMax} devices`, example));
    return undefined;
  }
  const devices = written.flatMap((one, position) => {
    const devicePath = Array.isArray(value) ? [...levelPath, position] : levelPath;
    return readDevice(yaml, one, devicePath, entry, nodes) ?? [];
  });
  return { kind: 'devices', devices };
}

function readDevice(
  yaml: Yaml,
  value: unknown,
  devicePath: readonly PropertyKey[],
  fence: FenceEntry,
  nodes: readonly NodeName[] | undefined,
): FenceDevice | undefined {
  if (typeof value !== 'object' || value === null) {
    const message = value === 'meatware' ? 'meatware is a level of its own' : 'a device is a map with agent or command';
    yaml.problems.push(atValue(yaml, devicePath, message, example));
    return undefined;
  }
  // A node may be called constructor, which is in every object that inherits.
  const own: unknown = Object.assign(Object.create(null), value);
  const entry = readPart(yaml, fenceDeviceSchema(nodes ?? nodesWritten(value)), own, devicePath);
  if (entry === undefined) return undefined;
  const before = yaml.problems.length;
  yaml.problems.push(...deviceProblems(yaml, entry, devicePath));
  if (yaml.problems.length > before) return undefined;
  const { agent, command } = entry;
  const [program = ''] = command ?? [];
  const common = {
    name: entry.name ?? agent ?? program,
    action: entry.action ?? fence.action,
    timeoutMs: entry.timeout ?? fence.timeout,
  } as const;
  if (command !== undefined) return { ...common, kind: 'command', command, verify: entry.verify };
  return { ...common, kind: 'agent', agent: agent ?? '', options: entry.options ?? {}, nodes: entry.nodes };
}

function deviceProblems(yaml: Yaml, entry: FenceDeviceEntry, at: readonly PropertyKey[]): readonly Problem[] {
  const { agent, command, verify, options = {}, nodes, timeout } = entry;
  const found: Problem[] = [];
  if ((agent === undefined) === (command === undefined)) {
    found.push(
      atValue(
        yaml,
        at,
        agent === undefined ? 'a device has agent or command' : 'a device has agent or command, not both',
        example,
      ),
    );
  }
  if (agent === undefined && (entry.options !== undefined || Object.keys(nodes).length > 0)) {
    found.push(atValue(yaml, at, 'options are for agents; a command gets its arguments in its list'));
  }
  if (command === undefined && verify !== undefined) {
    found.push(
      atValue(yaml, [...at, 'verify'], 'verify belongs to command; an agent is asked by its status', 'remove verify'),
    );
  }
  if (agent !== undefined && Object.keys(nodes).length === 0) {
    found.push(
      atValue(
        yaml,
        at,
        'it does not say which machine is which',
        'write below it, for each node that it can fence: node1: { … }',
      ),
    );
  }
  if (timeout !== undefined && timeout < timeoutMsMin) found.push(tooShort(yaml, [...at, 'timeout']));
  for (const [where, given] of [['options', options] as const, ...Object.entries(nodes)]) {
    const reserved = Object.keys(given).find((name) => /^(action|option)$/.test(name));
    if (reserved === undefined) continue;
    const next = 'action: off or reboot stands beside agent';
    found.push(atValue(yaml, [...at, where, reserved], 'what is done is not an option of the agent here', next));
  }
  return found;
}

function tooShort(yaml: Yaml, at: readonly PropertyKey[]): Problem {
  return atValue(yaml, at, 'no device is switched in less than 1s', 'timeout: 60s');
}

/** Where the list of nodes is broken, each unknown key is taken for one. */
function nodesWritten(value: object): readonly string[] {
  return Object.keys(value).filter((key) => !deviceWords.has(key));
}

const deviceWords: ReadonlySet<string> = new Set([
  'agent',
  'options',
  'command',
  'verify',
  'name',
  'action',
  'timeout',
]);

function canFence(level: FenceLevel, node: NodeName): boolean {
  if (level.kind === 'person') return true;
  return level.devices.some((device) => device.kind === 'command' || Object.hasOwn(device.nodes, node));
}
