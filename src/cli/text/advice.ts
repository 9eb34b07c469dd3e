/** What to do next, as part of a sentence: `hactl status` alone becomes `run hactl status`. */
export function advice(next: string): string {
  return /^(sudo|hactl|systemctl|journalctl) /.test(next) ? `run ${next}` : next;
}
