/** The entries of a map by ascending id: what makes equal models equal bytes. */
export function byId<T>(map: ReadonlyMap<number, T>): [number, T][] {
  return [...map].sort(([a], [b]) => a - b)
}
