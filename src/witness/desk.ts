import type { NodeName } from '../core/identity.ts';
import type { Key } from '../core/key.ts';
import type { WitnessReply, WitnessRequest, WitnessVerdict } from '../core/witnessWords.ts';
import type { Signer } from '../wire/signature.ts';
import type { WitnessCodec, WitnessEnvelope, WitnessRejection } from '../wire/witnessCodec.ts';
import { claimedCluster, createWitnessCodec } from '../wire/witnessCodec.ts';
import { type ClusterLeases, describe, type GroupLease, judge, startLeases } from './leases.ts';

/** One pair that this witness serves. */
export interface WitnessCluster {
  readonly name: string;
  readonly nodes: readonly [NodeName, NodeName];
  readonly keys: readonly Key[];
  readonly signingKeyId: number;
  /** @default HMAC by the keys */
  readonly signer?: Signer;
}

export interface DeskOptions {
  readonly clusters: readonly WitnessCluster[];
  /** 16 hex digits, drawn by each start. */
  readonly start: string;
  readonly startedAtMs: number;
  /** What the disk holds of a cluster; undefined when it holds nothing that can be believed. */
  load(cluster: string): ReadonlyMap<string, GroupLease> | undefined;
  /** Writes it down for good; returns why it could not. */
  save(cluster: string, groups: ReadonlyMap<string, GroupLease>): NotWritten | undefined;
  /** A lease went to another node, or could not. */
  onNote?(level: 'info' | 'error', sentence: string): void;
}

/** Why the state could not be written. */
export interface NotWritten {
  readonly sentence: string;
  /** The new one may be in its place all the same; else the old one is. */
  readonly isUncertain: boolean;
}

export type Taken =
  | { readonly ok: true; readonly bytes: Uint8Array; readonly verdict: WitnessVerdict }
  | { readonly ok: false; readonly rejection: WitnessRejection };

interface Served {
  readonly cluster: WitnessCluster;
  readonly codec: WitnessCodec;
  leases: ClusterLeases;
  /** The disk may hold a lease that was never told: none is granted before what is in force has been written again. */
  isDiskUncertain: boolean;
  readonly nodes: Map<NodeName, { sequence: number; heardAtMs: number }>;
}

/**
 * Bytes in, bytes out: believes what is signed, new and meant for this start, asks `leases.ts`, writes down what must
 * not be forgotten, and answers. Knows no socket, no clock and no file.
 */
export class WitnessDesk {
  readonly #options: DeskOptions;
  readonly #served: ReadonlyMap<number, Served>;

  /** @throws {RangeError} for names or keys that the config rules out. */
  constructor(options: DeskOptions) {
    this.#options = options;
    this.#served = new Map(
      options.clusters.map((cluster) => {
        const codec = createWitnessCodec({ ...cluster, cluster: cluster.name }, cluster.signer);
        const leases = startLeases(options.load(cluster.name) ?? new Map(), options.startedAtMs);
        return [codec.digest, { cluster, codec, leases, isDiskUncertain: false, nodes: new Map() }];
      }),
    );
  }

  take(bytes: Uint8Array, atMs: number): Taken {
    const served = this.#served.get(claimedCluster(bytes) ?? -1);
    if (served === undefined) {
      const isShort = claimedCluster(bytes) === undefined;
      return { ok: false, rejection: isShort ? 'wrong-length' : 'unknown-cluster' };
    }
    const decoded = served.codec.decodeRequest(bytes);
    if (!decoded.ok) return decoded;
    const { request, envelope, keyId } = decoded;
    const verdict = this.#isNew(served, envelope) ? this.#decide(served, request, envelope, atMs) : 'again';
    const answer = this.#replyOf(served, request, envelope, verdict, atMs);
    const sequence = served.nodes.get(envelope.from)?.sequence ?? 0;
    const back = { nonce: envelope.nonce, start: this.#options.start, sequence };
    return { ok: true, verdict, bytes: served.codec.encodeAnswer(answer, back, keyId) };
  }

  /** What was recorded, doubled or overtaken changes nothing. */
  #isNew({ nodes }: Served, { from, start, sequence }: WitnessEnvelope): boolean {
    return start === this.#options.start && sequence > (nodes.get(from)?.sequence ?? 0);
  }

  #decide(served: Served, request: WitnessRequest, { from, sequence }: WitnessEnvelope, atMs: number): WitnessVerdict {
    served.nodes.set(from, { sequence, heardAtMs: atMs });
    const { cluster, leases } = served;
    const { leases: next, verdict, mustSave } = judge(leases, from, request, atMs);
    if (mustSave || (served.isDiskUncertain && verdict === 'granted')) {
      const problem = this.#options.save(cluster.name, next.groups);
      if (problem !== undefined) {
        served.isDiskUncertain ||= problem.isUncertain;
        const sentence = `the lease of ${request.group} in ${cluster.name} stays as it is: ${problem.sentence}`;
        this.#options.onNote?.('error', sentence);
        return 'unwritable';
      }
      served.isDiskUncertain = false;
      const before = leases.groups.get(request.group)?.holder ?? '';
      const after = next.groups.get(request.group)?.holder ?? '';
      if (before !== after) {
        const what = after === '' ? `${from} gave it back` : `it is ${after}'s`;
        this.#options.onNote?.('info', `lease of ${request.group} in ${cluster.name}: ${what}`);
      }
    }
    served.leases = next;
    return verdict;
  }

  #replyOf(
    { leases, nodes }: Served,
    request: WitnessRequest,
    { from }: WitnessEnvelope,
    verdict: WitnessVerdict,
    atMs: number,
  ): WitnessReply {
    const other = [...nodes].find(([name]) => name !== from)?.[1];
    return {
      kind: 'answered',
      verdict,
      ...describe(leases, from, request, atMs),
      otherHeardAgoMs: other === undefined ? undefined : atMs - other.heardAtMs,
    };
  }
}
