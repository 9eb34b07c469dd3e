import { type HostName, hostNames, isNodeName, type LinkName, linkNames, type NodeName } from './topology.ts';

/**
 * A way to take a link away, as it is typed:
 *
 *     lan                  the switch of the LAN loses power
 *     lan:node1            one host's LAN cable is pulled
 *     lan:node1:blocked    its port of the switch lets nothing through; the carrier stays
 *     cross, serial        the cable between the nodes is pulled
 *     cross:node1>node2    what node1 sends on that link no longer reaches node2; the carrier stays
 */
export type CutName = LinkName | `lan:${HostName}` | `lan:${HostName}:blocked` | `${LinkName}:${NodeName}>${NodeName}`;

export type Cut =
  | { readonly kind: 'link'; readonly link: LinkName }
  | { readonly kind: 'plug'; readonly host: HostName }
  | { readonly kind: 'blocked'; readonly host: HostName }
  | { readonly kind: 'one-way'; readonly link: LinkName; readonly from: NodeName; readonly to: NodeName };

/** Reads the name of a cut, undefined when it is none. */
export function parseCut(name: string): Cut | undefined {
  const [linkText, rest, ...more] = name.split(':');
  const link = linkNames.find((candidate) => candidate === linkText);
  if (link === undefined) return undefined;
  if (more.length > 0) return link === 'lan' && more.join() === 'blocked' ? hostCut('blocked', rest) : undefined;
  if (rest === undefined) return { kind: 'link', link };
  const [from, to, ...others] = rest.split('>');
  if (to !== undefined) {
    if (from === undefined || others.length > 0 || from === to || !isNodeName(from) || !isNodeName(to))
      return undefined;
    return { kind: 'one-way', link, from, to };
  }
  return link === 'lan' ? hostCut('plug', rest) : undefined;
}

function hostCut(kind: 'plug' | 'blocked', name: string | undefined): Cut | undefined {
  const host = hostNames.find((candidate) => candidate === name);
  return host === undefined ? undefined : { kind, host };
}

/** Every cut there is, for messages. */
export const cutNames: readonly string[] = [
  ...linkNames,
  ...hostNames.flatMap((host) => [`lan:${host}`, `lan:${host}:blocked`]),
  ...linkNames.flatMap((link) => [`${link}:node1>node2`, `${link}:node2>node1`]),
];
