import { type HostName, hostNames, isNodeName, type LinkName, linkNames, type NodeName } from './topology.ts';

/**
 * A way to take a link away, as it is typed:
 *
 *     lan                  the switch of the LAN loses power
 *     lan:node1            one host's LAN cable is pulled
 *     cross, serial        the cable between the nodes is pulled
 *     cross:node1>node2    what node1 sends on that link no longer reaches node2; the carrier stays
 */
export type CutName = LinkName | `lan:${HostName}` | `${LinkName}:${NodeName}>${NodeName}`;

export type Cut =
  | { readonly kind: 'link'; readonly link: LinkName }
  | { readonly kind: 'plug'; readonly host: HostName }
  | { readonly kind: 'one-way'; readonly link: LinkName; readonly from: NodeName; readonly to: NodeName };

/** Reads the name of a cut, undefined when it is none. */
export function parseCut(name: string): Cut | undefined {
  const [linkText, rest, ...more] = name.split(':');
  const link = linkNames.find((candidate) => candidate === linkText);
  if (link === undefined || more.length > 0) return undefined;
  if (rest === undefined) return { kind: 'link', link };
  const [from, to, ...others] = rest.split('>');
  if (to !== undefined) {
    if (from === undefined || others.length > 0 || from === to || !isNodeName(from) || !isNodeName(to))
      return undefined;
    return { kind: 'one-way', link, from, to };
  }
  const host = hostNames.find((candidate) => candidate === rest);
  return link === 'lan' && host !== undefined ? { kind: 'plug', host } : undefined;
}

/** Every cut there is, for messages. */
export const cutNames: readonly string[] = [
  ...linkNames,
  ...hostNames.map((host) => `lan:${host}`),
  ...linkNames.flatMap((link) => [`${link}:node1>node2`, `${link}:node2>node1`]),
];
