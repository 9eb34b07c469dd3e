import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { loadConfig } from '../config/loadConfig.ts';
import { nodeOfHost, peerOf } from '../config/nodeConfigOf.ts';
import { resourcePlanOf } from '../config/plans.ts';
import type { ConfigText } from '../config/problem.ts';
import { renderProblem } from '../config/renderProblem.ts';
import type { PlanResult } from './runner.ts';

/**
 * What this node may be told to run, from the config file and the haresources beside it. The keys are the head's
 * business. Without `nodeName` the node is the one of this host, as the head finds it.
 */
export async function readPlan(path: string, nodeName: string | undefined): Promise<PlanResult> {
  const yaml = await readText(path);
  const haresources = await readText(join(dirname(path), 'haresources'));
  if (yaml === undefined) return { kind: 'broken', problems: [`there is no config ${path}`] };
  if (typeof yaml === 'string') return { kind: 'broken', problems: [yaml] };
  if (typeof haresources === 'string') return { kind: 'broken', problems: [haresources] };
  const loaded = loadConfig({ yaml, haresources, authkeys: undefined });
  if (!loaded.ok) {
    const sourceOf = (file: string): string => (file === yaml.file ? yaml : haresources)?.text ?? '';
    return {
      kind: 'broken',
      problems: loaded.problems.map((problem) => renderProblem(problem, sourceOf(problem.file))),
    };
  }
  const node = nodeName ?? nodeOfHost(loaded.config, hostname());
  if (peerOf(loaded.config, node) === undefined) {
    return {
      kind: 'broken',
      problems: [`${path}: ${node} is not one of ${loaded.config.nodes.join(' and ')}; name this node with --node`],
    };
  }
  return { kind: 'plan', plan: resourcePlanOf(loaded.config, node) };
}

/** Undefined when there is no such file, the sentence when it is there and cannot be read. */
async function readText(file: string): Promise<ConfigText | string | undefined> {
  try {
    return { file, text: await readFile(file, 'utf8') };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? undefined : `${file} cannot be read: ${message}`;
  }
}
