import { EpipoleError } from '@epipole/core'
import type { CandidateLists, Features } from '../features.js'
import { Arena } from '../kernels/instantiate.js'
import type { MatchKernel } from './kernel.js'
import { load, paddedBytes, unload } from './kernel-memory.js'
import { KIND, type Neighbours } from './neighbours.js'

/**
 * As `neighbours`, over the listed pairs alone; −1 for a feature that is in none. Equal distances: the one listed first.
 *
 * @throws EpipoleError `usage` for lists that do not fit the features
 */
export function listedNeighbours(kernel: MatchKernel, a: Features, b: Features, lists: CandidateLists): Neighbours {
  checkLists(lists, a.count, b.count)
  const { kind, dimension } = a
  const { starts, items } = lists
  const bytes = paddedBytes(kind, dimension)
  const arena = new Arena(kernel)
  const sideA = reserve(arena, a.count, bytes)
  const sideB = reserve(arena, b.count, bytes)
  const startsAt = arena.reserve(starts.byteLength)
  const itemsAt = arena.reserve(items.byteLength)
  arena.commit()
  load(kernel, a, sideA, bytes)
  load(kernel, b, sideB, bytes)
  new Int32Array(kernel.memory.buffer, startsAt, starts.length).set(starts)
  new Int32Array(kernel.memory.buffer, itemsAt, items.length).set(items)
  kernel.nearestListed(
    KIND[kind],
    sideA.data,
    sideA.count,
    sideA.norms,
    sideA.out,
    sideB.data,
    sideB.count,
    sideB.norms,
    sideB.out,
    bytes,
    startsAt,
    itemsAt,
  )
  // With nothing listed an index stays −1, which no count exceeds.
  return { ofA: unload(kernel, kind, sideA, b.count), ofB: unload(kernel, kind, sideB, a.count) }
}

function reserve(arena: Arena, count: number, bytes: number) {
  const padded = Math.ceil(count / 4) * 4
  return {
    count,
    padded,
    data: arena.reserve(padded * bytes),
    norms: arena.reserve(padded * 4),
    out: arena.reserve(padded * 12),
  }
}

/** The kernel reads what it is told to: nothing may point outside. */
function checkLists({ starts, items }: CandidateLists, countA: number, countB: number): void {
  let fits = starts.length === countA + 1 && starts[0] === 0 && starts[countA] === items.length
  for (let i = 0; fits && i < countA; i++) fits = starts[i]! <= starts[i + 1]!
  for (let n = 0; fits && n < items.length; n++) fits = items[n]! >= 0 && items[n]! < countB
  if (fits) return
  throw new EpipoleError(
    'usage',
    `The candidate lists do not fit ${countA} and ${countB} features: ${countA + 1} ascending starts from 0 to the number of items, and items below ${countB} are wanted.`,
    { starts: starts.length, items: items.length, countA, countB },
  )
}
