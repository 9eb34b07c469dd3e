/** The end of an exhaustive switch: a member without a case is a compile error here, and a bug if it ever runs. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: no case for ${JSON.stringify(value)}`);
}
