import { Companion } from './companion.ts';
import { enterArgv, type LabMode, programArgv } from './namespaces.ts';
import { type NodeName, nodeNames } from './topology.ts';

/** What became of the bytes that a node sent. */
export interface WireCounts {
  readonly delivered: number;
  /** Sent into a cut line. */
  readonly cut: number;
  /** Arrived while no program had the port open, or the host had no power. */
  readonly unheard: number;
  /** Arrived while the receiver's buffer was full. */
  readonly overrun: number;
  readonly garbled: number;
}

/** The serial cable between the nodes. `src` is the node that sends. */
export class SerialCable {
  readonly #relay: Companion;

  private constructor(relay: Companion) {
    this.#relay = relay;
  }

  static async lay(mode: LabMode, labPid: number, ptsDir: string, baud: number): Promise<SerialCable> {
    const argv = [...enterArgv(mode, labPid), ...programArgv('relay.py', ptsDir, String(baud))];
    return new SerialCable(await Companion.start({ name: 'the serial cable', argv }));
  }

  /** A fresh port with empty buffers. Returns the number of its pty. */
  async plug(node: NodeName): Promise<number> {
    return (await this.#relay.ask({ do: 'plug', end: node })) as number;
  }

  /** The port loses its power: what is on the line in either direction is lost. */
  async unplug(node: NodeName): Promise<void> {
    await this.#relay.ask({ do: 'unplug', end: node });
  }

  async cut(isCut: boolean, from: readonly NodeName[] = nodeNames): Promise<void> {
    await this.#relay.ask({ do: 'wire', from, isCut });
  }

  /** Flips a bit in so many of a thousand bytes, in both directions. 0 ends it. */
  async garble(bytesPerThousand: number): Promise<void> {
    await this.#relay.ask({ do: 'wire', from: nodeNames, garbledPerThousand: bytesPerThousand });
  }

  async setBaud(baud: number): Promise<void> {
    await this.#relay.ask({ do: 'baud', baud });
  }

  async counts(): Promise<Readonly<Record<NodeName, WireCounts>>> {
    return (await this.#relay.ask({ do: 'counts' })) as Readonly<Record<NodeName, WireCounts>>;
  }

  async stop(): Promise<void> {
    await this.#relay.stop();
  }
}
