import { hactl } from './hactl.ts';
import { processIo } from './io.ts';

// No `await` here: the package bundles this file for `require`, which knows none at the top.
void hactl(process.argv.slice(2), processIo()).then((exitCode) => {
  process.exitCode = exitCode;
});
