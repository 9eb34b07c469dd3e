/** As `map`, but the array itself where nothing in it changes: what holds it need not be built anew. */
export function mapKept<Item>(items: readonly Item[], change: (item: Item, index: number) => Item): readonly Item[] {
  const changed = items.map(change);
  return changed.every((item, index) => item === items[index]) ? items : changed;
}
