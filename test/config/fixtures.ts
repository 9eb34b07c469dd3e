import assert from 'node:assert/strict';

import { type Loaded, loadConfig } from '../../src/config/loadConfig.ts';
import type { Problem } from '../../src/config/problem.ts';
import { renderProblem } from '../../src/config/renderProblem.ts';
import type { SiteConfig } from '../../src/config/siteConfig.ts';

/** The texts of a good config: two media, one group of each kind. Tests change one thing in it. */
export const goodYaml = `cluster: demo
nodes: [node1, node2]
channels:
  - udp: { node1: 192.168.80.2, node2: 192.168.80.1 }
    name: cross
  - udp: { node1: 192.168.1.10, node2: 192.168.1.11 }
    name: lan
  - serial: { device: /dev/ttyS0, baud: 115200 }
timing: { keepalive: 500ms, warntime: 3s, deadtime: 10s, initdead: 60s }
groups:
  zeo: { data: copied, maxLag: 15m }
`;
export const goodHaresources = 'node1 192.168.1.50/24/eth0 syncer::/opt/zope/instance0 zeo::/opt/zope/instance0\n';
export const goodAuthkeys = 'auth 1\n1 sha256 00112233445566778899aabbccddeeff\n';

export interface Texts {
  readonly yaml?: string;
  /** Null: there is no such file. */
  readonly haresources?: string | null;
  readonly authkeys?: string | null;
  readonly mode?: number;
}

export function load(texts: Texts = {}): Loaded {
  const { yaml = goodYaml, haresources = goodHaresources, authkeys = goodAuthkeys, mode = 0o600 } = texts;
  return loadConfig({
    yaml: { file: 'twinbeat.yaml', text: yaml },
    haresources: haresources === null ? undefined : { file: 'haresources', text: haresources },
    authkeys: authkeys === null ? undefined : { file: 'authkeys', text: authkeys, mode },
  });
}

export function good(texts: Texts = {}): SiteConfig {
  const loaded = load(texts);
  if (!loaded.ok) assert.fail(`\n${loaded.problems.map((problem) => render(problem, texts)).join('\n')}`);
  return loaded.config;
}

/** `file:line:column: message` of each problem. */
export function problemsOf(texts: Texts): readonly string[] {
  const loaded = load(texts);
  assert(!loaded.ok, 'the config was accepted');
  return loaded.problems.map(headOf);
}

export function warningsOf(texts: Texts): readonly string[] {
  const loaded = load(texts);
  if (!loaded.ok) assert.fail(`\n${loaded.problems.map((problem) => render(problem, texts)).join('\n')}`);
  return loaded.warnings.map(headOf);
}

export function render(problem: Problem, texts: Texts): string {
  const sources: Readonly<Record<string, string | null | undefined>> = {
    'twinbeat.yaml': texts.yaml ?? goodYaml,
    haresources: texts.haresources === undefined ? goodHaresources : texts.haresources,
    authkeys: texts.authkeys === undefined ? goodAuthkeys : texts.authkeys,
  };
  return renderProblem(problem, sources[problem.file] ?? '');
}

/** `goodYaml` with one text replaced, which must be there. */
export function edited(from: string, to: string): string {
  assert(goodYaml.includes(from), `the good config has ${from}`);
  return goodYaml.replace(from, to);
}

function headOf({ file, line, column, message }: Problem): string {
  return `${file}:${line}:${column}: ${message}`;
}
