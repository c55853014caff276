import type { Features } from '../features.js'
import { Arena } from '../kernels/instantiate.js'
import type { MatchKernel } from './kernel.js'
import { type Direction, type Loaded, load, paddedBytes, unload } from './kernel-memory.js'
import { SCREENED_DIMENSION } from './screen-basis.js'
import { screenedNeighbours } from './screened-neighbours.js'

/** The kernel's names of the kinds. */
export const KIND = { u8: 0, f32: 1, binary: 2 }

/** Nearest and second nearest neighbours in both directions. */
export interface Neighbours {
  readonly ofA: Direction
  readonly ofB: Direction
}

interface Side extends Loaded {
  readonly states: number
  readonly out: number
}

/**
 * All neighbours of two photos' features, which must be of one kind and dimension. Equal distances: the lower index.
 *
 * @param ratio of the test that the second best distances are for: they may be larger than the true ones where the outcome is the same
 */
export function neighbours(kernel: MatchKernel, a: Features, b: Features, ratio: number): Neighbours {
  const { kind, dimension } = a
  if (kind === 'u8' && dimension === SCREENED_DIMENSION) return screenedNeighbours(kernel, a, b, ratio)
  const bytes = paddedBytes(kind, dimension)
  const arena = new Arena(kernel)
  const sideA = reserve(arena, a, bytes, 48)
  const sideB = reserve(arena, b, bytes, 12)
  arena.commit()
  load(kernel, a, sideA, bytes)
  load(kernel, b, sideB, bytes)
  kernel.nearest(
    KIND[kind],
    sideA.data,
    sideA.padded,
    sideA.norms,
    sideB.data,
    sideB.padded,
    sideB.norms,
    bytes,
    sideA.states,
    sideB.states,
  )
  kernel.reduceRows(sideA.states, sideA.count, sideA.out)
  kernel.unpackColumns(sideB.states, sideB.count, sideB.out)
  return { ofA: unload(kernel, kind, sideA, sideB.count), ofB: unload(kernel, kind, sideB, sideA.count) }
}

function reserve(arena: Arena, features: Features, bytes: number, stateBytes: number): Side {
  const padded = Math.ceil(features.count / 4) * 4
  return {
    count: features.count,
    padded,
    data: arena.reserve(padded * bytes),
    norms: arena.reserve(padded * 4),
    states: arena.reserve(padded * stateBytes),
    out: arena.reserve(padded * 12),
  }
}
