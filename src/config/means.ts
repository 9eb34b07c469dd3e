/** How a resource is carried out: what a word of haresources says. */
export type Means = AddressMeans | ScriptMeans | OcfMeans | SystemdMeans;

/** A floating address, from a shorthand or from `IPaddr::`, `IPaddr2::` and `IPv6addr::`. */
export interface AddressMeans {
  readonly kind: 'address';
  /** As the kernel prints it. */
  readonly address: string;
  readonly family: 4 | 6;
  /** Bits of the subnet; undefined when the route decides. */
  readonly bits: number | undefined;
  /** Undefined when the route decides. */
  readonly device: string | undefined;
  /** The whole label, `eth0:0`. */
  readonly label: string | undefined;
  readonly broadcast: string | undefined;
}

/** `script` is looked up in the resource folders; `args` stand before the action, as they are written. */
export interface ScriptMeans {
  readonly kind: 'script';
  readonly script: string;
  readonly args: readonly string[];
}

export interface OcfMeans {
  readonly kind: 'ocf';
  readonly provider: string;
  readonly agent: string;
  readonly parameters: Readonly<Record<string, string>>;
}

export interface SystemdMeans {
  readonly kind: 'systemd';
  readonly unit: string;
}

/** The word that people call it by: the script, the agent, the unit or the address. */
export function shortNameOf(means: Means): string {
  switch (means.kind) {
    case 'address':
      return means.address;
    case 'script':
      return means.script;
    case 'ocf':
      return means.agent;
    case 'systemd':
      return means.unit;
  }
}
