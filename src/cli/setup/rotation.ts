import { basename, dirname } from 'node:path';
import type { KeyRing } from '../../config/authkeys.ts';
import { freeId, newestOf, withKey, withOnly, withSigner } from '../../config/authkeysText.ts';
import type { StatusReport } from '../../control/controlProtocol.ts';
import { copySteps } from './copySteps.ts';

/** The phases of a rotation, in order; each on both nodes before the next one on either. */
export const phases = ['accept', 'sign', 'drop'] as const;
export type Phase = (typeof phases)[number];

export interface RotationView {
  readonly file: string;
  readonly text: string;
  readonly ring: KeyRing;
  /** Undefined when no daemon answers. */
  readonly daemon: StatusReport | undefined;
  readonly isForced: boolean;
}

export type Rotation =
  | { readonly ok: true; readonly text: string; readonly sentence: string; readonly next: readonly string[] }
  | { readonly ok: false; readonly sentence: string; readonly next: string };

/** What a phase makes of the file, or why it is not its turn. */
export function rotate(phase: Phase, view: RotationView, newSecret: () => string): Rotation {
  switch (phase) {
    case 'accept':
      return accept(view, newSecret());
    case 'sign':
      return sign(view);
    case 'drop':
      return drop(view);
  }
}

/** Where a rotation is, and what comes next. */
export function stageOf({ file, ring, daemon }: Omit<RotationView, 'text' | 'isForced'>): {
  readonly sentence: string;
  readonly next: string;
} {
  const { signWith, keys } = ring;
  const newest = newestOf(ring);
  const peer = peerOf(daemon);
  if (keys.length === 1) {
    return { sentence: `no rotation is under way: key ${signWith} is the only one`, next: 'hactl keys rotate accept' };
  }
  if (signWith !== newest) {
    const sentence = `key ${newest} is accepted here, and key ${signWith} signs`;
    return { sentence, next: `when ${file} is the same on ${peer}, on both nodes: hactl keys rotate sign` };
  }
  const theirs = daemon?.keys?.peerSignsWith;
  if (theirs !== signWith) {
    const known = theirs === undefined || theirs === null ? '' : `, and ${peer} still signs with key ${theirs}`;
    return { sentence: `key ${signWith} signs here${known}`, next: `on ${peer}: hactl keys rotate sign` };
  }
  return { sentence: `both nodes sign with key ${signWith}`, next: 'on both nodes: hactl keys rotate drop' };
}

function accept({ file, text, ring, daemon }: RotationView, secret: string): Rotation {
  if (ring.keys.length > 1) return { ok: false, ...stageOf({ file, ring, daemon }) };
  const id = freeId(ring);
  if (id === undefined) return { ok: false, sentence: 'there is no free number for a key', next: 'hactl keys list' };
  const peer = peerOf(daemon);
  return {
    ok: true,
    text: withKey(text, id, secret),
    sentence: `key ${id} is accepted here, and key ${ring.signWith} signs as before`,
    next: [
      ...copySteps(dirname(file), [basename(file)], daemon === undefined ? 'OTHER' : peer),
      `on ${peer}: sudo hactl reload`,
      'then on both nodes, one after the other: hactl keys rotate sign',
    ],
  };
}

function sign({ file, text, ring, daemon }: RotationView): Rotation {
  const newest = newestOf(ring);
  if (ring.keys.length === 1 || ring.signWith === newest) {
    return { ok: false, ...stageOf({ file, ring, daemon }) };
  }
  return {
    ok: true,
    text: withSigner(text, newest),
    sentence: `key ${newest} signs here, and key ${ring.signWith} is accepted`,
    next: [
      `on ${peerOf(daemon)}, if it was not done there: hactl keys rotate sign`,
      'then on both nodes: hactl keys rotate drop',
    ],
  };
}

function drop({ file, text, ring, daemon, isForced }: RotationView): Rotation {
  if (ring.keys.length === 1 || ring.signWith !== newestOf(ring)) {
    return { ok: false, ...stageOf({ file, ring, daemon }) };
  }
  const reason = isForced ? undefined : whyNotDrop(ring, daemon);
  if (reason !== undefined) return { ok: false, ...reason };
  const dropped = ring.keys.filter(({ id }) => id !== ring.signWith).map(({ id }) => id);
  return {
    ok: true,
    text: withOnly(text, ring.signWith),
    sentence: `key ${ring.signWith} is the only one here; key ${dropped.join(', ')} is dropped`,
    next: [`on ${peerOf(daemon)}, if it was not done there: hactl keys rotate drop`],
  };
}

/** A peer that signs with a key that is dropped would not be heard any more. */
function whyNotDrop(
  { signWith }: KeyRing,
  daemon: StatusReport | undefined,
): { readonly sentence: string; readonly next: string } | undefined {
  const peer = peerOf(daemon);
  const isHeard = peerState(daemon) === 'online' || peerState(daemon) === 'suspect';
  const theirs = daemon?.keys?.peerSignsWith;
  if (daemon === undefined || !isHeard || theirs === undefined || theirs === null) {
    const sentence = `nobody here knows with which key ${peer} signs: ${daemon === undefined ? 'no daemon answers' : `${peer} is not heard`}`;
    return { sentence, next: `when ${peer} signs with key ${signWith}: hactl keys rotate drop --force` };
  }
  if (theirs === signWith) return undefined;
  return { sentence: `${peer} still signs with key ${theirs}`, next: `on ${peer}: hactl keys rotate sign` };
}

function peerOf(daemon: StatusReport | undefined): string {
  return Object.entries(daemon?.nodes ?? {}).find(([, { self }]) => !self)?.[0] ?? 'the peer';
}

function peerState(daemon: StatusReport | undefined): string | undefined {
  return Object.values(daemon?.nodes ?? {}).find(({ self }) => !self)?.state;
}
