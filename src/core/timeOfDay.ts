/** UTC, since two machines may have two local times. */
export function timeOfDay(wallMs: number): string {
  const seconds = Math.floor(wallMs / 1_000) % 86_400;
  const parts = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
  return `${parts.map((part) => String(part).padStart(2, '0')).join(':')} UTC`;
}
