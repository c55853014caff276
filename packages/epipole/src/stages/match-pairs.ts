import { recordKey, StageProgress } from '@epipole/core'
import { type BruteForceOptions, bruteForceMatcher, type CandidateMatches } from '@epipole/features'
import type { Camera } from '@epipole/geometry'
import {
  type MapperPair,
  type PairSelection,
  selectPairs,
  type TwoViewGeometry,
  VERIFY_VERSION,
  type VerifyOptions,
} from '@epipole/sfm'
import { decodeCandidates, encodeCandidates } from '../records/candidates-record.js'
import { decodeGeometry, encodeGeometry } from '../records/two-view-record.js'
import type { PairPhoto } from '../tasks/pair.js'
import type { StageContext } from './context.js'
import type { FeaturedPhoto } from './extract-features.js'

export interface MatchOptions {
  readonly selection: PairSelection
  readonly matching: BruteForceOptions
  readonly verification: VerifyOptions
}

export interface MatchStage {
  readonly pairs: readonly (MapperPair & { readonly rawMatches: Uint32Array })[]
  readonly selection: 'exhaustive' | 'sequential'
  /** Names everything that this stage's result depends on. */
  readonly key: string
  readonly seconds: number
  readonly reused: number
}

/** A photo's camera as verification sees it. */
export interface PairCamera {
  readonly camera: Camera
  readonly calibrated: boolean
}

/** Matches and verifies the selected pairs, spread over the pool; what was done before comes from the store. */
export async function matchPairs(
  photos: readonly FeaturedPhoto[],
  cameras: readonly PairCamera[],
  options: MatchOptions,
  context: StageContext,
): Promise<MatchStage> {
  const { store, pool, signal, onEvent } = context
  const { selection, pairs } = selectPairs(
    photos.map((p) => p.info.name),
    { selection: options.selection },
  )
  const count = pairs.length / 2
  const matcher = bruteForceMatcher(options.matching).id
  const results = new Array<(MapperPair & { rawMatches: Uint32Array }) | undefined>(count)
  const keys: { matches: string; geometry: string }[] = []
  for (let i = 0; i < count; i++) {
    keys.push(await pairKeys(photos, cameras, pairs[2 * i], pairs[2 * i + 1], matcher, options))
  }
  const found = new Array<CandidateMatches | undefined>(count)
  for (let i = 0; i < count; i++) {
    const [a, b] = [pairs[2 * i], pairs[2 * i + 1]]
    const matches = await store.get(keys[i].matches)
    if (matches === undefined) continue
    const known = decodeCandidates(matches, keys[i].matches)
    found[i] = known
    const record = await store.get(keys[i].geometry)
    if (record === undefined) continue
    const geometry = decodeGeometry(record, keys[i].geometry)
    results[i] = { a, b, geometry, rawMatches: triedMatches(known, geometry) }
  }
  const reused = results.filter((r) => r !== undefined).length
  const progress = new StageProgress('matching', { total: count, reused, unit: 'pairs', onEvent })
  const missing = keys.map((_, i) => i).filter((i) => results[i] === undefined)
  await pool.map(
    missing,
    (i) => ({
      task: 'pair',
      payload: {
        a: pairPhoto(photos, cameras, pairs[2 * i]),
        b: pairPhoto(photos, cameras, pairs[2 * i + 1]),
        matching: options.matching,
        verification: {
          ...options.verification,
          stream: [photos[pairs[2 * i]].info.sha256, photos[pairs[2 * i + 1]].info.sha256],
        },
        ...(found[i] === undefined ? {} : { candidates: found[i] }),
      },
    }),
    {
      signal,
      onDone: async ({ candidates, geometry }, i) => {
        const [a, b] = [pairs[2 * i], pairs[2 * i + 1]]
        if (found[i] === undefined) await store.put(keys[i].matches, encodeCandidates(candidates))
        await store.put(keys[i].geometry, encodeGeometry(geometry))
        results[i] = { a, b, geometry, rawMatches: triedMatches(candidates, geometry) }
        progress.advance(`${photos[a].info.name} – ${photos[b].info.name}`)
      },
    },
  )
  const done = results as (MapperPair & { rawMatches: Uint32Array })[]
  const verified = done.filter((p) => p.geometry.kind !== 'refused').length
  const seconds = progress.end(`${verified} of ${count} pairs verified`)
  return { pairs: done, selection, key: await recordKey('pairs', keys), seconds, reused }
}

/** The distinct matches and those that geometry confirmed: what a database calls a pair's matches. */
function triedMatches({ pairs, distinct }: CandidateMatches, { inliers }: TwoViewGeometry): Uint32Array {
  const confirmed = new Set<number>()
  for (let m = 0; m < inliers.length; m += 2) confirmed.add(inliers[m])
  return pairs.filter((_, i) => distinct[i >> 1] === 1 || confirmed.has(pairs[i & ~1]))
}

function pairPhoto(photos: readonly FeaturedPhoto[], cameras: readonly PairCamera[], i: number): PairPhoto {
  return { features: photos[i].features, ...cameras[i] }
}

async function pairKeys(
  photos: readonly FeaturedPhoto[],
  cameras: readonly PairCamera[],
  a: number,
  b: number,
  matcher: string,
  options: MatchOptions,
): Promise<{ matches: string; geometry: string }> {
  const matches = await recordKey('matches', matcher, photos[a].key, photos[b].key)
  // Without known intrinsics only pixels count, and a changed guess leaves the record valid.
  const known = [a, b].map((i) => (cameras[i].calibrated ? cameras[i].camera : null))
  const geometry = await recordKey('geometry', VERIFY_VERSION, matches, known, options.verification)
  return { matches, geometry }
}
