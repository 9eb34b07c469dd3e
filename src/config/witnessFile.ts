import * as z from 'zod';
import type { NodeName } from '../core/identity.ts';
import { defaults } from './defaults.ts';
import { parseIp } from './ipAddress.ts';
import { plainText } from './plainText.ts';
import { type ConfigText, type Problem, problemAt, sortProblems } from './problem.ts';
import { readPart, unknownKey, unknownKeysMax, type Yaml } from './readPart.ts';
import { nodeName, port, shortName } from './wording.ts';
import { readYaml } from './yamlText.ts';

/** What `witness.yaml` of the third machine says. */
export interface WitnessFile {
  /** Numeric; undefined: all addresses of this machine. */
  readonly address: string | undefined;
  readonly port: number;
  readonly clusters: readonly WitnessFileCluster[];
}

export interface WitnessFileCluster {
  readonly name: string;
  readonly nodes: readonly [NodeName, NodeName];
  /** As written: below the folder of `witness.yaml` unless it begins with a slash. */
  readonly authkeys: string;
}

export type ReadWitnessFile =
  | { readonly ok: true; readonly config: WitnessFile }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** One witness serves the pairs of a site; a machine that serves more is somebody's mistake. */
const clustersMax = 64;

const addressHint = 'write an IP address of this machine, or leave address out for all of them';
const clustersHint = 'clusters is a map: the name of a pair, and below it nodes and authkeys';
const cluster = z.strictObject({
  /** The two host names, as in the pair's twinbeat.yaml. */
  nodes: z.tuple([nodeName, nodeName], { error: 'a pair has exactly two nodes: nodes: [node1, node2]' }),
  /** A copy of the pair's authkeys. */
  authkeys: z
    .string({ error: "authkeys names the copy of the pair's key file" })
    .regex(/^[\x21-\x7e]{1,255}$/, 'authkeys names a file'),
});

const schemas = {
  /** @default all addresses */
  address: z
    .string({ error: addressHint })
    .refine((text) => parseIp(text) !== undefined, addressHint)
    .optional(),
  /** @default 695 */
  port: port.default(defaults.witnessPort),
  clusters: z.record(shortName('the name of a cluster'), cluster, { error: clustersHint }),
} as const;

/** Reads `witness.yaml`. Never throws; every problem at once. */
export function readWitnessFile(source: ConfigText): ReadWitnessFile {
  const plain = plainText(source);
  if ('problem' in plain) return { ok: false, problems: [plain.problem] };
  const parsed = readYaml(source.file, plain.text);
  const yaml: Yaml = { file: source.file, places: parsed.places, problems: [...parsed.problems] };
  const { value } = parsed;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const start = { line: 1, column: 1 };
    if (yaml.problems.length === 0)
      yaml.problems.push(problemAt(source.file, start, 'the file is no map', clustersHint));
    return { ok: false, problems: sortProblems(yaml.problems) };
  }
  const top: Readonly<Record<string, unknown>> = Object.fromEntries(Object.entries(value));
  const known = Object.keys(schemas);
  const unknown = Object.keys(top).filter((key) => !known.includes(key));
  yaml.problems.push(...unknown.slice(0, unknownKeysMax).map((key) => unknownKey(yaml, [key], known)));
  const address = readPart(yaml, schemas.address, top['address'], ['address']);
  const boundPort = readPart(yaml, schemas.port, top['port'], ['port']);
  const written = readPart(yaml, schemas.clusters, top['clusters'], ['clusters']) ?? {};
  const clusters = Object.entries(written).map(([name, { nodes, authkeys }]) => ({ name, nodes, authkeys }));
  yaml.problems.push(...clusterProblems(yaml, clusters));
  if (yaml.problems.length > 0 || boundPort === undefined) {
    return { ok: false, problems: sortProblems(yaml.problems) };
  }
  return { ok: true, config: { address, port: boundPort, clusters } };
}

function clusterProblems(yaml: Yaml, clusters: readonly WitnessFileCluster[]): readonly Problem[] {
  const place = yaml.places.ofValue(['clusters']);
  if (yaml.problems.length === 0 && clusters.length === 0) {
    return [problemAt(yaml.file, place, 'clusters: there is none, and nobody would be served', clustersHint)];
  }
  if (clusters.length > clustersMax) {
    return [
      problemAt(yaml.file, place, `clusters: more than ${clustersMax} pairs`, 'run another witness for the others'),
    ];
  }
  return clusters
    .filter(({ nodes: [one, other] }) => one === other)
    .map(({ name }) =>
      problemAt(
        yaml.file,
        yaml.places.ofValue(['clusters', name, 'nodes', 1]),
        `clusters.${name}.nodes: the two nodes need two names`,
      ),
    );
}
