/**
 * Makes the Debian package: `npm run package`.
 *
 *     --out DIR             where it goes; default dist
 *     --version VERSION     default: that of package.json
 *     --compression KIND    xz, zstd, gzip or none; default $TWINBEAT_PACKAGE_COMPRESSION, else xz
 *
 * The same sources give the same bytes: times are those of the last commit, or of $SOURCE_DATE_EPOCH.
 */
import { parseArgs } from 'node:util';
import { buildPackage } from './buildPackage.ts';

const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    version: { type: 'string' },
    compression: { type: 'string' },
  },
});

try {
  const built = await buildPackage({ outDir: values.out, version: values.version, compression: values.compression });
  process.stdout.write(`${built.path}\n`);
} catch (error) {
  process.stderr.write(`package: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
