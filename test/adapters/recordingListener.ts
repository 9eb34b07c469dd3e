import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChannelListener } from '../../src/engine/ports.ts';

/** Remembers what a channel told its owner. */
export class RecordingListener implements ChannelListener {
  readonly heard: string[] = [];
  readonly opened: { readonly isOpen: boolean; readonly reason: string }[] = [];
  readonly hints: string[] = [];

  onBytes(bytes: Uint8Array): void {
    this.heard.push(Buffer.from(bytes).toString('latin1'));
  }

  onOpenChanged(isOpen: boolean, reason: string): void {
    this.opened.push({ isOpen, reason });
  }

  onHint(reason: string): void {
    this.hints.push(reason);
  }

  get isOpen(): boolean {
    return this.opened.at(-1)?.isOpen === true;
  }

  get calls(): number {
    return this.heard.length + this.opened.length + this.hints.length;
  }

  async untilOpen(): Promise<void> {
    await until(() => this.isOpen, 'the channel to open');
  }
}

/** Waits until `isSo`, and fails after twenty seconds. */
export async function until(isSo: () => boolean, what: string, waitMs = 20_000): Promise<void> {
  const deadlineMs = performance.now() + waitMs;
  while (!isSo()) {
    assert.ok(performance.now() < deadlineMs, `waited ${waitMs} ms in vain for ${what}`);
    await sleep(5);
  }
}
