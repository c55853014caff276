/** Which photo of one set is which of another. */
export interface NameMatches {
  /** Index in `b` of each of `a`, −1 where none. */
  readonly bOfA: Int32Array
  /** How many matched. */
  readonly matched: number
}

/**
 * Matches photos by full relative path, and those left over by file name alone where it is unique among the left-over of
 * both sets: models made from a parent folder, or from copies in one folder, still compare.
 */
export function matchNames(a: readonly string[], b: readonly string[]): NameMatches {
  const bOfA = new Int32Array(a.length).fill(-1)
  const taken = new Uint8Array(b.length)
  const indexOfName = new Map(b.map((name, i) => [name, i]))
  a.forEach((name, i) => {
    const j = indexOfName.get(name)
    if (j === undefined || taken[j] === 1) return
    bOfA[i] = j
    taken[j] = 1
  })
  const leftOfA = uniqueBaseNames(a, (i) => bOfA[i] < 0)
  const leftOfB = uniqueBaseNames(b, (j) => taken[j] === 0)
  for (const [base, i] of leftOfA) {
    const j = leftOfB.get(base)
    if (i >= 0 && j !== undefined && j >= 0) bOfA[i] = j
  }
  return { bOfA, matched: bOfA.reduce((sum, j) => sum + (j >= 0 ? 1 : 0), 0) }
}

/** File name → index; −1 where several have it. */
function uniqueBaseNames(names: readonly string[], wanted: (index: number) => boolean): Map<string, number> {
  const byBase = new Map<string, number>()
  names.forEach((name, i) => {
    if (!wanted(i)) return
    const base = name.slice(name.lastIndexOf('/') + 1)
    byBase.set(base, byBase.has(base) ? -1 : i)
  })
  return byBase
}
