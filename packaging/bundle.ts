import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path/posix';
import { build as bundleBy, type Plugin } from 'esbuild';
import { type Architecture, nodeModule, root } from './checkout.ts';

/** The programs of the package; each is one file at the place of its `main.ts`, with another ending. */
const mains = ['src/cli/main.ts', 'src/daemon/main.ts', 'src/runner/main.ts'];

/**
 * Bundles the programs into `src` below `folder`, with the native part of koffi beside them.
 * Returns the packages that went in.
 *
 * CommonJS: an ES module loads much that nobody asked for (14 MB). Not minified: an uncaught error prints its line.
 */
export async function bundle(folder: string, arch: Architecture): Promise<readonly string[]> {
  const koffi = nodeModule(`@koromix/koffi-linux-${arch.node}/linux_${arch.node}/koffi.node`);
  const { metafile, warnings } = await bundleBy({
    absWorkingDir: root,
    entryPoints: mains.map((main) => ({ in: main, out: main.replace(/^src\/(.*)\.ts$/, '$1') })),
    outdir: join(folder, 'src'),
    outExtension: { '.js': '.cjs' },
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    bundle: true,
    charset: 'utf8',
    legalComments: 'none',
    logLevel: 'silent',
    metafile: true,
    // Its module for `import` asks where it lies, which a bundle cannot answer.
    alias: { koffi: nodeModule('koffi/index.cjs') },
    loader: { '.node': 'copy' },
    assetNames: '[name]',
    plugins: [placesOfSources, oneKoffi(koffi)],
  });
  const [warning] = warnings;
  if (warning !== undefined) throw new Error(`esbuild warns: ${warning.text} (${warning.location?.file})`);
  return packagesOf(Object.keys(metafile.inputs));
}

/**
 * `import.meta` knows nothing in CommonJS. What a source asks of it is answered as if it still lay in its own folder:
 * the package has the same folders as the checkout.
 */
const placesOfSources: Plugin = {
  name: 'places of sources',
  setup: (build) => {
    build.onLoad({ filter: /\/src\/.*\.ts$/ }, ({ path }) => {
      const place = relative(join(root, 'src'), path);
      if (place.startsWith('..')) return undefined;
      const from = (to: string): string => `require('node:path').join(__dirname, '..', ${JSON.stringify(to)})`;
      const contents = readFileSync(path, 'utf8')
        .replaceAll('import.meta.dirname', from(dirname(place)))
        .replaceAll('import.meta.url', `require('node:url').pathToFileURL(${from(place)})`);
      if (contents.includes('import.meta.')) throw new Error(`${place} asks import.meta what the bundle cannot answer`);
      return { contents, loader: 'ts' };
    });
  },
};

/** koffi looks for its native part for every machine that there is; the package has one. */
function oneKoffi(file: string): Plugin {
  return {
    name: 'one koffi',
    setup: (build) => {
      build.onResolve({ filter: /^@koromix\/koffi-/ }, ({ path }) => {
        const isOurs = file.includes(`/node_modules/${path}/`);
        return isOurs ? { path: file } : { path, external: true };
      });
    },
  };
}

function packagesOf(inputs: readonly string[]): readonly string[] {
  const names = inputs.flatMap((input) => {
    const [, name] = /^.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input) ?? [];
    return name === undefined ? [] : [name];
  });
  return [...new Set(names)].toSorted();
}
