/** As `map`, but the array itself where nothing in it changes: what holds it need not be built anew. */
export function mapKept<Item>(items: readonly Item[], change: (item: Item, index: number) => Item): readonly Item[] {
  let changed: Item[] | undefined;
  items.forEach((item, index) => {
    const next = change(item, index);
    if (next === item) return;
    changed ??= [...items];
    changed[index] = next;
  });
  return changed ?? items;
}
