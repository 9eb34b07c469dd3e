import { execFileSync } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { manPages } from '../docs/man/manPages.ts';
import { bundle } from './bundle.ts';
import { type Architecture, nodeModule, root } from './checkout.ts';
import { changelog, copyright } from './legal.ts';
import { Tree } from './tree.ts';

export interface Contents {
  readonly version: string;
  readonly arch: Architecture;
  /** The program of Node. */
  readonly node: string;
}

/** Where everything lies that is not for people. Below it the folders are those of a checkout. */
const home = '/usr/lib/twinbeat';
const doc = '/usr/share/doc/twinbeat';

const programs = { hactl: '/usr/bin', twinbeatd: '/usr/sbin', 'twinbeat-runner': '/usr/sbin' } as const;

const completions = {
  bash: '/usr/share/bash-completion/completions/hactl',
  zsh: '/usr/share/zsh/vendor-completions/_hactl',
  fish: '/usr/share/fish/vendor_completions.d/hactl.fish',
} as const;

/** Puts everything that is installed below `folder`. */
export async function layOut(folder: string, { version, arch, node }: Contents): Promise<void> {
  const tree = new Tree(folder);
  const copy = (from: string, to: string, mode: 0o644 | 0o755 = 0o644): void =>
    tree.write(to, readFileSync(join(root, from)), mode);

  for (const [name, place] of Object.entries(programs)) {
    copy(`bin/${name}`, `${home}/bin/${name}`, 0o755);
    tree.link(`${place}/${name}`, `${home}/bin/${name}`);
  }
  copy('packaging/launch.sh', `${home}/scripts/launch.sh`);
  tree.write(`${home}/package.json`, `${JSON.stringify({ name: 'twinbeat', version, private: true })}\n`);
  writeNode(tree, node);
  const packages = await bundle(join(folder, home), arch);
  writeSerialPort(tree, arch);
  for (const name of readdirSync(join(root, 'resource.d'))) {
    const isText = name.endsWith('.md');
    copy(`resource.d/${name}`, `${home}/resource.d/${name}`, isText ? 0o644 : 0o755);
  }

  copy('etc/twinbeat.yaml', '/etc/twinbeat/twinbeat.yaml');
  copy('etc/haresources', '/etc/twinbeat/haresources');
  tree.folder('/etc/twinbeat/resource.d');
  copy('systemd/twinbeat.default', '/etc/default/twinbeat');
  for (const unit of ['twinbeat.service', 'twinbeat-runner.service', 'twinbeat-witness.service']) {
    copy(`systemd/${unit}`, `/usr/lib/systemd/system/${unit}`);
  }
  copy('systemd/twinbeat.sysusers.conf', '/usr/lib/sysusers.d/twinbeat.conf');
  copy('systemd/twinbeat.tmpfiles.conf', '/usr/lib/tmpfiles.d/twinbeat.conf');

  for (const { name, section, text } of manPages(version)) {
    tree.writeGzip(`/usr/share/man/man${section}/${name}.${section}`, text);
  }
  for (const [shell, path] of Object.entries(completions)) tree.write(path, completionFor(shell));
  // Not in /etc: whoever installs makes the key.
  for (const name of readdirSync(join(root, 'etc'))) copy(`etc/${name}`, `${doc}/examples/${name}`);
  tree.writeGzip(`${doc}/changelog`, changelog());
  tree.write(`${doc}/copyright`, copyright(packages));
}

/** Without its symbols it is a seventh smaller. */
function writeNode(tree: Tree, node: string): void {
  const place = tree.place(`${home}/bin/node`);
  copyFileSync(node, place);
  execFileSync('strip', ['--strip-unneeded', place]);
}

/** Looked for beside the folder of the bundle, by the name of the machine. */
function writeSerialPort(tree: Tree, arch: Architecture): void {
  const file = `prebuilds/linux-${arch.node}/@serialport+bindings-cpp.${arch.node === 'arm64' ? 'armv8.' : ''}glibc.node`;
  tree.write(`${home}/src/${file}`, readFileSync(nodeModule(`@serialport/bindings-cpp/${file}`)));
}

function completionFor(shell: string): string {
  return execFileSync(process.execPath, [join(root, 'src/cli/main.ts'), 'completion', shell], { encoding: 'utf8' });
}
