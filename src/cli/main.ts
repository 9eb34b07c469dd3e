import { hactl } from './hactl.ts';
import { processIo } from './io.ts';

process.exitCode = await hactl(process.argv.slice(2), processIo());
