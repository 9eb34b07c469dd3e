import type { StatusReport } from '../control/controlProtocol.ts';
import type { NodeConfig } from '../core/nodeConfig.ts';
import { unreachable } from '../core/unreachable.ts';
import { type Rejection, rejections } from '../wire/beatCodec.ts';

type Warning = StatusReport['warnings'][number];

/** Fewer in the time between two looks are line noise, or beats that crossed a change. */
const countMin = 3;

/** What the packets mean that were refused since the last look, on each channel. Anybody on the wire can send them. */
export function rejectionWarnings(
  { self, peer, channels }: NodeConfig,
  recent: readonly Readonly<Record<string, number>>[],
): readonly Warning[] {
  return rejections.flatMap((reason) => {
    const on = channels.filter((_, index) => (recent[index]?.[reason] ?? 0) >= countMin).map(({ name }) => name);
    const meaning = on.length === 0 ? undefined : meaningOf(reason, self, peer);
    if (meaning === undefined) return [];
    const sentence = `packets on ${on.join(', ')} are not believed (${reason}): ${meaning.sentence}`;
    return [{ id: `rejected-${reason}`, sentence, next: meaning.next }];
  });
}

function meaningOf(
  reason: Rejection,
  self: string,
  peer: string,
): { readonly sentence: string; readonly next: string } | undefined {
  switch (reason) {
    case 'unknown-key':
      return {
        sentence: `they are signed with a key that ${self} does not have`,
        next: 'on both nodes: hactl keys list',
      };
    case 'bad-mac':
      return {
        sentence: 'the key of that number is another one here, or they are forged',
        next: 'on both nodes: hactl keys list',
      };
    case 'wrong-cluster':
      return {
        sentence: 'they are of another cluster that has the same key',
        next: `give it keys of its own: hactl keys generate`,
      };
    case 'wrong-channel':
      return {
        sentence: `${peer} sent them on another channel: two cables are swapped, or the nodes list their channels in different orders`,
        next: 'make twinbeat.yaml the same on both nodes, and look at the cables',
      };
    case 'own-beat':
      return {
        sentence: `somebody speaks as ${self}: both nodes have one name, or a switch sends packets back`,
        next: `on ${peer}: hactl status`,
      };
    case 'bad-version':
      return {
        sentence: `${peer} speaks a version that is too old for this one`,
        next: 'hactl version, on both nodes',
      };
    case 'bad-field':
    case 'bad-form':
    case 'wrong-length':
      return { sentence: `${peer} says what this version does not understand`, next: 'hactl version, on both nodes' };
    // Noise: the log counts it.
    case 'too-short':
    case 'too-long':
    case 'bad-magic':
      return undefined;
    default:
      return unreachable(reason);
  }
}
