import { createHash } from 'node:crypto';
import type { NodeName } from '../core/identity.ts';
import { TextField } from './textField.ts';

/** Names do not travel: a beat carries digests of group names and numbers of nodes; and ids as bytes. */
export interface Names {
  readonly clusterDigest: number;
  readonly selfIndex: number;
  /** @throws {RangeError} for a group that the config does not have. */
  groupDigest(name: string): number;
  groupName(digest: number): string | undefined;
  /** 0 for '' (nobody), else 1 or 2. @throws {RangeError} for a third name. */
  nodeNumber(node: NodeName): number;
  nodeName(number: number): NodeName | undefined;
  /** Incarnations and boot ids. */
  readonly ids: TextField;
  readonly configDigests: TextField;
  readonly macs: TextField;
}

/** @throws {RangeError} when the two nodes have one name, or two groups have one digest: one of them needs another name. */
export function createNames(cluster: string, self: NodeName, peer: NodeName, groupNames: readonly string[]): Names {
  if (self === peer || self === '' || peer === '') throw new RangeError('the two nodes need two names');
  const nodes = ['', ...[self, peer].sort()];
  const digests = new Map(groupNames.map((name) => [name, nameDigest(name)]));
  const groups = new Map([...digests].map(([name, digest]) => [digest, name]));
  if (groups.size !== groupNames.length || groups.has(0)) {
    throw new RangeError(`two of the groups ${groupNames.join(', ')} look alike in a beat: rename one`);
  }
  return {
    clusterDigest: nameDigest(cluster),
    selfIndex: nodes.indexOf(self) - 1,
    groupDigest: (name) => {
      const digest = digests.get(name);
      if (digest === undefined) throw new RangeError(`group ${name} is not in the config of this codec`);
      return digest;
    },
    groupName: (digest) => groups.get(digest),
    nodeNumber: (node) => {
      const number = nodes.indexOf(node);
      if (number === -1) throw new RangeError(`node ${node} is neither ${self} nor ${peer}`);
      return number;
    },
    nodeName: (number) => nodes[number],
    ids: new TextField(8, 'id'),
    configDigests: new TextField(4, 'config digest'),
    macs: new TextField(6, 'MAC address', ':'),
  };
}

function nameDigest(name: string): number {
  return createHash('sha256').update(name, 'utf8').digest().readUInt32BE(0);
}
