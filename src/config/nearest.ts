/** Longer words are not compared: the time grows with both lengths. */
const comparedCharactersMax = 64;

/** The one of `candidates` that somebody who typed `word` most likely meant, if one is close. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  if (word.length > comparedCharactersMax) return undefined;
  const close = candidates
    .filter((candidate) => candidate.length <= comparedCharactersMax)
    .map((candidate) => ({ candidate, distance: distanceOf(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => distance <= Math.max(1, Math.floor(candidate.length / 3)))
    .sort((a, b) => a.distance - b.distance);
  return close[0]?.candidate;
}

/** `; did you mean "deadtime"?`, or nothing. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const meant = nearest(word, candidates);
  return meant === undefined ? '' : `; did you mean "${meant}"?`;
}

/** Levenshtein's: letters to insert, to delete or to replace. */
function distanceOf(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of a.split('').entries()) {
    const next = [i + 1];
    for (const [j, other] of b.split('').entries()) {
      const replaced = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
