import * as z from 'zod';
import { defaults } from './defaults.ts';
import { duration, onOff, shortName } from './wording.ts';

/** The shape of `guards: fence:` in `twinbeat.yaml`; what is in `levels` is checked by `fence.ts`. */

const actionHint = 'action is off (the machine stays off) or reboot (off, verified, and then on again)';
const action = z.enum(['off', 'reboot'], { error: actionHint });

export const fenceSchema = z.strictObject({
  /** In order: the next one is tried when the one before has failed. A device, several in a list that all must succeed, or `meatware`. */
  levels: z.array(z.unknown(), {
    error: 'levels is a list: "- agent: fence_ipmilan …", "- command: […]" or "- meatware"',
  }),
  /** What is done to the machine. `off`: somebody switches it on again; `reboot`: off, verified, and then on. @default reboot */
  action: action.default('reboot'),
  /** Longest time for one device to switch off. @default 60s */
  timeout: duration.default(defaults.fenceMs),
  /** A node that does not own waits so long before it fences its peer, so that of two that are cut off the owner fires first. @default 5s */
  delay: duration.default(defaults.fenceDelayMs),
  /** Time between two tests of the devices, which switch nothing; 0s for none. @default 10m */
  test: duration.default(defaults.fenceTestMs),
  /** Fence a peer that was never heard since the start, after initdead, too. Never for copied data, unless `startup.alone` is `take`. @default off */
  startup: onOff.default(false),
});

export type FenceEntry = z.output<typeof fenceSchema>;

/** Agents are spoken to in lines of `name=value`. */
const optionHint = 'write text, a number, on or off; without line breaks, at most 1024 characters';
const optionText = z.string().regex(/^[^\0\r\n]{0,1024}$/, { error: optionHint });
const optionValue = z.union([optionText, z.number(), z.boolean()], { error: optionHint });
const optionName = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;
const optionsHint =
  'write options as a map, for example { ip: 10.0.0.1, username: admin }; their names have letters, digits, "_" and "-"';
const options = z
  .record(z.string().regex(optionName), optionValue, { error: optionsHint })
  .transform((written) => Object.fromEntries(Object.entries(written).map(([key, value]) => [key, String(value)])));

const agentHint = 'write the name of an agent of the package fence-agents, for example fence_ipmilan';
const argumentHint = 'an argument is text without NUL, at most 1024 characters';
const argument = z.string({ error: argumentHint }).regex(/^[^\0]{0,1024}$/, { error: argumentHint });
const commandHint = 'write the program with its whole path and its arguments: [/usr/local/sbin/off, "{node}"]';
const command = z
  .tuple([argument.regex(/^\//, { error: commandHint })], argument, { error: commandHint })
  .refine((words) => words.length <= 64, { error: 'a command has at most 64 words' });

export interface FenceDeviceEntry {
  readonly agent?: string | undefined;
  readonly options?: Readonly<Record<string, string>> | undefined;
  readonly command?: readonly string[] | undefined;
  readonly verify?: readonly string[] | undefined;
  readonly name?: string | undefined;
  readonly action?: 'off' | 'reboot' | undefined;
  readonly timeout?: number | undefined;
  /** The options for each node stand beside these, by its name. */
  readonly nodes: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** One device of a level. Below the name of a node stands what the agent needs to find just that machine. */
export function fenceDeviceSchema(nodes: readonly string[]): z.ZodType<FenceDeviceEntry> {
  return z
    .strictObject({
      /** An agent of Debian's fence-agents. It must be installed on both nodes. */
      agent: z
        .string({ error: agentHint })
        .regex(/^fence_[A-Za-z0-9_-]{1,60}$/, { error: agentHint })
        .optional(),
      /** The agent's options for both nodes: `fence_NAME -o metadata` lists them. */
      options: options.optional(),
      ...Object.fromEntries(nodes.map((node) => [node, options.optional()])),
      /** Any program, run without a shell; `{node}` becomes the name of the machine to fence. Exit code 0 says that it is off. */
      command: command.optional(),
      /** Asked after the command; exit code 0 says that the machine is off. */
      verify: command.optional(),
      /** For messages. @default the agent or the program */
      name: shortName('the name of a device').optional(),
      /** @default as for all levels */
      action: action.optional(),
      /** @default as for all levels */
      timeout: duration.optional(),
    })
    .transform((written) => {
      const entry = written as Omit<FenceDeviceEntry, 'nodes'> & Readonly<Record<string, unknown>>;
      const given = nodes.flatMap((node) => {
        const own = entry[node];
        return typeof own === 'object' ? [[node, own as Readonly<Record<string, string>>] as const] : [];
      });
      return { ...entry, nodes: Object.fromEntries(given) };
    });
}
