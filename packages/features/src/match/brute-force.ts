import { EpipoleError } from '@epipole/core'
import type { CandidateLists, DescriptorKind, Features, Matcher } from '../features.js'
import { matchKernel } from './kernel.js'
import { type Direction, squaredNorm } from './kernel-memory.js'
import { listedNeighbours } from './listed-neighbours.js'
import { type Neighbours, neighbours } from './neighbours.js'
import { featuresAt } from './subset.js'

/** Options of `bruteForceMatcher`; the defaults are COLMAP's. */
export interface BruteForceOptions {
  /**
   * A match must be nearer than this times the second nearest (Lowe's ratio test, on L2 or Hamming distance, in both
   * directions if cross-checked). 0.8; 1 turns it off.
   */
  ratio?: number
  /**
   * Greatest distance: L2 over the geometric mean of both norms (so between unit vectors; about the angle in radians), or
   * the share of bits that differ. 0.7.
   */
  maxDistance?: number
  /** Both features must choose each other. true. Without it, of several features that choose one, the nearest has it. */
  crossCheck?: boolean
}

type ResolvedOptions = Required<Readonly<BruteForceOptions>>

const defaults: ResolvedOptions = { ratio: 0.8, maxDistance: 0.7, crossCheck: true }

/** Descriptors longer than this could overflow the kernel's sums. */
const MAX_DIMENSION = 4096

/**
 * Compares every feature of one photo with every one of the other, exactly. With cross-check, `match(b, a)` is `match(a, b)`
 * with each pair reversed.
 *
 * Throws `usage` for options out of range; `match` rejects with `usage` for features of different kind or dimension, or
 * arrays that do not fit their count, and for descriptors that are not finite.
 */
export function bruteForceMatcher(options: BruteForceOptions = {}): Matcher {
  const resolved = resolve(options)
  return {
    id: `brute-force/1 ${JSON.stringify(resolved)}`,
    match: async (a, b) => {
      const found = await compare(a, b, resolved.ratio)
      return found === undefined ? new Uint32Array(0) : strict(found, resolved)
    },
    candidates: async (a, b) => {
      const found = await compare(a, b, resolved.ratio)
      if (found === undefined) return { pairs: new Uint32Array(0), distinct: new Uint8Array(0) }
      const any = { ...resolved, ratio: 1 }
      const pairs = mutual(accept(found.ofA, found.a, found.b, any), accept(found.ofB, found.b, found.a, any))
      return { pairs, distinct: marks(pairs, strict(found, resolved)) }
    },
    matchAmong: async (a, b, lists) => {
      const found = await compare(a, b, resolved.ratio, lists)
      return found === undefined ? new Uint32Array(0) : unusual(a, b, found, resolved)
    },
  }
}

/** Of a photo's features, what acceptance asks for. */
interface Measured {
  readonly kind: DescriptorKind
  readonly dimension: number
  readonly count: number
  /** L2 norms. */
  readonly lengths: Float64Array
}

interface Compared extends Neighbours {
  readonly a: Measured
  readonly b: Measured
}

function measure({ kind, dimension, count, descriptors }: Features): Measured {
  const lengths = new Float64Array(kind === 'binary' ? 0 : count)
  for (let i = 0; i < lengths.length; ++i) lengths[i] = Math.sqrt(squaredNorm(descriptors, i * dimension, dimension))
  return { kind, dimension, count, lengths }
}

/** Each feature's nearest and second nearest of the other photo; undefined where either photo has none. */
async function compare(a: Features, b: Features, ratio: number, lists?: CandidateLists): Promise<Compared | undefined> {
  check(a, 'first')
  check(b, 'second')
  if (a.kind !== b.kind || a.dimension !== b.dimension) {
    throw new EpipoleError(
      'usage',
      `bruteForceMatcher: cannot compare ${a.kind} × ${a.dimension} with ${b.kind} × ${b.dimension} descriptors; ` +
        'extract both photos with the same extractor',
    )
  }
  if (a.count === 0 || b.count === 0) return undefined
  const kernel = await matchKernel()
  const found = lists === undefined ? neighbours(kernel, a, b, ratio) : listedNeighbours(kernel, a, b, lists)
  return { ...found, a: measure(a), b: measure(b) }
}

/** Features outside the lists that a match is compared with. */
const SAMPLE = 1024

/**
 * Of the matches among listed candidates, those whose features also tell each other from a sample of the rest: the fewer
 * candidates there are, the less a ratio over them alone says. The sample is of features without a match, evenly spread.
 */
async function unusual(a: Features, b: Features, found: Compared, options: ResolvedOptions): Promise<Uint32Array> {
  const pairs = strict(found, options)
  if (options.ratio >= 1 || pairs.length === 0) return pairs
  const kernel = await matchKernel()
  const ofA = pairs.filter((_, n) => n % 2 === 0)
  const ofB = pairs.filter((_, n) => n % 2 === 1)
  const nearest = (from: Features, of: Uint32Array, to: Features, matched: Uint32Array) => {
    const sample = unmatched(to.count, matched)
    if (sample.length === 0) return new Float64Array(of.length).fill(Number.POSITIVE_INFINITY)
    return neighbours(kernel, featuresAt(from, of), featuresAt(to, sample), options.ratio).ofA.best
  }
  const otherA = nearest(a, ofA, b, ofB)
  const otherB = nearest(b, ofB, a, ofA)
  const ratio = a.kind === 'binary' ? options.ratio : options.ratio * options.ratio
  const distance = found.ofA.best
  return pairs.filter((_, n) => distance[pairs[n & ~1]!]! < ratio * Math.min(otherA[n >> 1]!, otherB[n >> 1]!))
}

/** At most `SAMPLE` of the features 0 … count − 1 that are not `matched`, evenly spread. */
function unmatched(count: number, matched: Uint32Array): Uint32Array {
  const taken = new Set(matched)
  const free = Uint32Array.from({ length: count }, (_, i) => i).filter((i) => !taken.has(i))
  const step = Math.max(1, free.length / SAMPLE)
  return Uint32Array.from({ length: Math.min(SAMPLE, free.length) }, (_, n) => free[Math.floor(n * step)]!)
}

function strict({ ofA, ofB, a, b }: Compared, options: ResolvedOptions): Uint32Array {
  const acceptedA = accept(ofA, a, b, options)
  return options.crossCheck ? mutual(acceptedA, accept(ofB, b, a, options)) : oneWay(acceptedA, ofA.best, b.count)
}

/** 1 for each pair that is also one of `some`; both ascending in their first indices. */
function marks(pairs: Uint32Array, some: Uint32Array): Uint8Array {
  const marked = new Uint8Array(pairs.length / 2)
  let s = 0
  for (let i = 0; i < marked.length; ++i) {
    while (s < some.length && some[s]! < pairs[2 * i]!) s += 2
    if (s < some.length && some[s] === pairs[2 * i] && some[s + 1] === pairs[2 * i + 1]) marked[i] = 1
  }
  return marked
}

/** Each feature's nearest if it passes both tests, else −1. */
function accept(direction: Direction, from: Measured, to: Measured, options: ResolvedOptions): Int32Array {
  const { index, best, second } = direction
  const binary = from.kind === 'binary'
  // Squared distances are compared with squared thresholds; Hamming distances are not squared.
  const ratio = binary ? options.ratio : options.ratio * options.ratio
  const maxDistance = binary ? options.maxDistance : options.maxDistance * options.maxDistance
  const units = (i: number, j: number) => (binary ? 8 * from.dimension : from.lengths[i]! * to.lengths[j]!)
  return index.map((j, i) => {
    if (j < 0) return -1
    if (options.ratio < 1 && !(best[i]! < ratio * second[i]!)) return -1
    return best[i]! <= maxDistance * units(i, j) ? j : -1
  })
}

function mutual(ofA: Int32Array, ofB: Int32Array): Uint32Array {
  const pairs = new Uint32Array(2 * ofA.length)
  let length = 0
  for (let i = 0; i < ofA.length; ++i) {
    const j = ofA[i]!
    if (j < 0 || ofB[j] !== i) continue
    pairs[length++] = i
    pairs[length++] = j
  }
  return pairs.slice(0, length)
}

/** Of the features that chose the same one, the nearest (the first of equals) has it. */
function oneWay(ofA: Int32Array, best: Float64Array, countB: number): Uint32Array {
  const winner = new Int32Array(countB).fill(-1)
  for (let i = 0; i < ofA.length; ++i) {
    const j = ofA[i]!
    if (j >= 0 && (winner[j]! < 0 || best[i]! < best[winner[j]!]!)) winner[j] = i
  }
  return mutual(ofA, winner)
}

function resolve(options: BruteForceOptions): ResolvedOptions {
  for (const name of Object.keys(options)) {
    if (!(name in defaults)) {
      const known = Object.keys(defaults).join(', ')
      throw new EpipoleError('usage', `bruteForceMatcher has no option "${name}"; it has ${known}`, { option: name })
    }
  }
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
  const resolved: ResolvedOptions = { ...defaults, ...given }
  const { ratio, maxDistance, crossCheck } = resolved
  if (!(ratio > 0 && ratio <= 1)) refuse('ratio', ratio, 'above 0 and at most 1')
  if (!(maxDistance > 0)) refuse('maxDistance', maxDistance, 'above 0')
  if (typeof crossCheck !== 'boolean') refuse('crossCheck', crossCheck, 'true or false')
  return resolved
}

function refuse(option: string, value: unknown, expected: string): never {
  throw new EpipoleError('usage', `bruteForceMatcher: ${option} must be ${expected}, not ${String(value)}`, {
    option,
    value,
  })
}

function check(features: Features, which: string): void {
  const { count, dimension, kind, descriptors } = features
  const isCount = (n: number, most: number) => Number.isSafeInteger(n) && n >= 0 && n <= most
  if (!isCount(dimension, MAX_DIMENSION) || dimension === 0) {
    throw new EpipoleError('usage', `bruteForceMatcher: dimension must be 1 … ${MAX_DIMENSION}, not ${dimension}`)
  }
  if (!isCount(count, 2 ** 32) || descriptors.length !== count * dimension) {
    throw new EpipoleError(
      'usage',
      `bruteForceMatcher: the ${which} features claim ${count} × ${dimension} descriptor elements but hold ${descriptors.length}`,
      { count, dimension, length: descriptors.length },
    )
  }
  if ((kind === 'f32') !== descriptors instanceof Float32Array) {
    throw new EpipoleError(
      'usage',
      `bruteForceMatcher: the ${which} features are of kind ${kind} but hold another array`,
    )
  }
  if (kind === 'f32' && !descriptors.every(Number.isFinite)) {
    throw new EpipoleError('usage', `bruteForceMatcher: the ${which} features have descriptors that are not finite`)
  }
}
