/** Where something else than usual can happen; a run counts such places, in order. */
export type Place =
  | { readonly kind: 'beat' }
  | { readonly kind: 'effect'; readonly isJob: boolean; readonly isSave: boolean; readonly isWriting: boolean };

/** What happens instead, at the place of this number. */
export interface Deviation {
  readonly place: number;
  readonly fate: Fate;
}

export type Fate = (typeof fates)[number];

const beatFates = [
  'the beat is lost',
  'the beat comes late',
  'the beat comes again later',
  'silence from its sender',
  'silence of both',
  'its receiver stands still shortly',
  'its receiver stands still for long',
  'the machine of its receiver stands still for long',
  'a takeover is typed at its receiver',
] as const;

const crashes = [
  'the daemon crashes and is back at once',
  'the daemon crashes and is back late',
  'a power cut, and back soon',
  'a power cut, and back late',
] as const;

/** The same while a write is under way, which is then not on the disk. */
const tornCrashes = [
  'the daemon crashes, loses its write and is back at once',
  'a power cut that loses the write, and back soon',
] as const;

const scriptFates = ['the script fails', 'the script hangs'] as const;
const diskFates = ['the disk refuses'] as const;
const fates = [...beatFates, ...crashes, ...tornCrashes, ...scriptFates, ...diskFates] as const;

export function isFate(text: string): text is Fate {
  return fates.some((fate) => fate === text);
}

export function fatesAt(place: Place): readonly Fate[] {
  if (place.kind === 'beat') return beatFates;
  return [
    ...crashes,
    ...(place.isWriting ? tornCrashes : []),
    ...(place.isJob ? scriptFates : []),
    ...(place.isSave ? diskFates : []),
  ];
}
