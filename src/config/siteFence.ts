import type { NodeName } from '../core/identity.ts';

/** The fence of a site, as the files say, with everything filled in. */
export interface SiteFence {
  /** In order: the next one is tried when the one before has failed. */
  readonly levels: readonly FenceLevel[];
  readonly delayMs: number;
  /** 0: no tests. */
  readonly testMs: number;
  readonly isAtStartup: boolean;
}

export type FenceLevel =
  /** All that know the machine must succeed. */
  { readonly kind: 'devices'; readonly devices: readonly FenceDevice[] } | { readonly kind: 'person' };

export type FenceDevice = FenceAgent | FenceCommand;

interface FenceDeviceCommon {
  readonly name: string;
  readonly action: 'off' | 'reboot';
  readonly timeoutMs: number;
}

/** The values of its options may be secret. */
export interface FenceAgent extends FenceDeviceCommon {
  readonly kind: 'agent';
  readonly agent: string;
  readonly options: Readonly<Record<string, string>>;
  /** By the machine that is to be fenced; a device without an entry for it has nothing to do with it. */
  readonly nodes: Readonly<Record<NodeName, Readonly<Record<string, string>>>>;
}

export interface FenceCommand extends FenceDeviceCommon {
  readonly kind: 'command';
  readonly command: readonly string[];
  readonly verify: readonly string[] | undefined;
}
