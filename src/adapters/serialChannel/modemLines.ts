/** Lines that the far end drives. They drop with its power, with the cable and when it closes the port. */
export interface ModemLines {
  readonly cts: boolean;
  readonly dsr: boolean;
  readonly dcd: boolean;
}

/** Those that were up and are down. CTS is left out: it belongs to flow control. */
export function droppedLines(before: ModemLines | undefined, lines: ModemLines): readonly ('DSR' | 'DCD')[] {
  if (before === undefined) return [];
  const dropped: ('DSR' | 'DCD')[] = [];
  if (before.dsr && !lines.dsr) dropped.push('DSR');
  if (before.dcd && !lines.dcd) dropped.push('DCD');
  return dropped;
}
