import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Lab } from './lab.ts';
import { nodeNames } from './topology.ts';

/** A switch looks so often whether somebody has pressed it. */
const lookMs = 5;

/**
 * What a fence of a lab's pair presses: programs that really take the other host's power away, through the only thing
 * that the hosts and the machine share, a folder below /tmp.
 *
 *     command: [FOLDER/off, "{node}"]      waits until the power is off
 *     verify: [FOLDER/is-off, "{node}"]
 */
export class PowerSwitch {
  readonly folder: string;
  /** Which hosts were switched off, in their order. */
  readonly pressed: string[] = [];
  readonly #lab: Lab;
  readonly #timer: NodeJS.Timeout;
  #busy: Promise<unknown> = Promise.resolve();

  constructor(lab: Lab) {
    this.#lab = lab;
    this.folder = mkdtempSync(join(tmpdir(), 'twinbeat-power-'));
    const wait = 'i=0; while [ $i -lt 2000 ]; do [ -e "$0.$1.done" ] && exit 0; sleep 0.01; i=$((i+1)); done; exit 1';
    this.#write('off', `rm -f "$0.$1.done"; : >"$0.$1.asked"; ${wait}`);
    this.#write('is-off', `test -e "${join(this.folder, 'off')}.$1.done"`);
    this.#write('broken', 'echo "the switch does not answer" >&2; exit 1');
    this.#timer = setInterval(() => this.#look(), lookMs);
  }

  /** The lines of twinbeat.yaml for a fence by this switch. */
  guards(program: 'off' | 'broken', more: readonly string[] = []): string {
    const device = [
      `      - command: ["${join(this.folder, program)}", "{node}"]`,
      `        verify: ["${join(this.folder, 'is-off')}", "{node}"]`,
      '        action: off',
    ];
    return ['guards:', '  fence:', '    levels:', ...device, ...more.map((line) => `    ${line}`)].join('\n');
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#busy;
    rmSync(this.folder, { recursive: true, force: true });
  }

  #write(name: string, body: string): void {
    writeFileSync(join(this.folder, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  }

  #look(): void {
    for (const node of nodeNames) {
      const asked = join(this.folder, `off.${node}.asked`);
      if (!existsSync(asked)) continue;
      rmSync(asked);
      this.pressed.push(node);
      this.#busy = this.#busy.then(async () => {
        if (this.#lab.host(node).isOn) await this.#lab.powerCut(node);
        writeFileSync(join(this.folder, `off.${node}.done`), '');
      });
    }
  }
}
