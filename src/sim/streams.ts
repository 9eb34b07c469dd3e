import { Prng } from './prng.ts';
import type { Streams } from './surroundings.ts';

/** The streams of one seed: what is drawn from one changes nothing in the others. */
export function streamsFrom(seed: number): Streams {
  const prng = new Prng(seed);
  return {
    wire: prng.fork('wire'),
    disk: prng.fork('disk'),
    jobs: prng.fork('jobs'),
    kernel: prng.fork('kernel'),
    timers: prng.fork('timers'),
    names: prng.fork('names'),
    data: prng.fork('data'),
    faults: prng.fork('faults'),
    builds: prng.fork('builds'),
    pings: prng.fork('pings'),
    witness: prng.fork('witness'),
  };
}
