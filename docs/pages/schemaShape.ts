import type { ZodType } from 'zod';
import { fenceDeviceSchema } from '../../src/config/fenceSchema.ts';
import { channelSchema, groupSchema, topSchemas } from '../../src/config/schema.ts';
import { duration, onOff } from '../../src/config/wording.ts';

/** One key of `twinbeat.yaml`, as the schema checks it. */
export interface ShapeKey {
  /** `timing.deadtime`, `channels[].udp`, `groups.NAME.data`. */
  readonly name: string;
  /** What may be written there, in words; empty where more keys stand below. */
  readonly takes: string;
}

/** What zod keeps of a schema; its own types hide it behind the output. */
interface Definition {
  readonly type: string;
  readonly innerType?: ZodType;
  readonly in?: ZodType;
  readonly shape?: Readonly<Record<string, ZodType>>;
  readonly valueType?: ZodType;
  readonly entries?: Readonly<Record<string, string>>;
  readonly values?: readonly unknown[];
}

/** Every key below the top ones, in the order of the schema. */
export function shapeKeys(): readonly ShapeKey[] {
  return [
    ...keysBelow('channels[]', channelSchema(['NODE'], true)),
    ...keysBelow('timing', topSchemas.timing),
    ...keysBelow('takeover', topSchemas.takeover),
    ...keysBelow('startup', topSchemas.startup),
    ...keysBelow('guards', topSchemas.guards),
    ...keysBelow('guards.fence.levels[]', fenceDeviceSchema(['NODE'])),
    ...keysBelow('groups.NAME', groupSchema),
  ];
}

function keysBelow(name: string, schema: ZodType): readonly ShapeKey[] {
  const { shape, valueType } = definition(bare(schema));
  if (valueType !== undefined) return keysBelow(`${name}.NAME`, valueType);
  return Object.entries(shape ?? {})
    .filter(([, below]) => definition(bare(below)).type !== 'never')
    .flatMap(([key, below]) => {
      const full = `${name}.${key}`;
      return [{ name: full, takes: takesOf(below) }, ...keysBelow(full, below)];
    });
}

/** Without what only says that it may be left out, and without what is done with it afterwards. */
function bare(schema: ZodType): ZodType {
  const { innerType, in: before } = definition(schema);
  if (schema === duration || schema === onOff) return schema;
  const next = innerType ?? before;
  return next === undefined ? schema : bare(next);
}

function takesOf(schema: ZodType): string {
  const plain = bare(schema);
  if (plain === duration) return 'duration';
  if (plain === onOff) return 'on or off';
  const { type, entries, values } = definition(plain);
  switch (type) {
    case 'enum':
      return Object.values(entries ?? {}).join(', ');
    case 'literal':
      return (values ?? []).map(String).join(', ');
    case 'number':
      return 'whole number';
    case 'array':
      return 'list';
    case 'object':
    case 'record':
      return '';
    default:
      return 'text';
  }
}

function definition(schema: ZodType): Definition {
  return schema.def;
}
