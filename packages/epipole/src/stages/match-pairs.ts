import { recordKey, StageProgress } from '@epipole/core'
import { type BruteForceOptions, bruteForceMatcher, type CandidateMatches } from '@epipole/features'
import type { Camera } from '@epipole/geometry'
import {
  type FeaturedSide,
  type MapperPair,
  type PairSelection,
  selectPairs,
  VERIFY_VERSION,
  type VerifyOptions,
} from '@epipole/sfm'
import { decodeCandidates, encodeCandidates } from '../records/candidates-record.js'
import { decodeGeometry, encodeGeometry } from '../records/two-view-record.js'
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
    const record = await store.get(keys[i].geometry)
    if (record !== undefined) {
      const { geometry, matches } = decodeGeometry(record, keys[i].geometry)
      results[i] = { a, b, geometry, rawMatches: matches }
      continue
    }
    const matches = await store.get(keys[i].matches)
    if (matches !== undefined) found[i] = decodeCandidates(matches, keys[i].matches)
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
      onDone: async ({ candidates, matches, geometry }, i) => {
        const [a, b] = [pairs[2 * i], pairs[2 * i + 1]]
        if (candidates !== undefined && found[i] === undefined) {
          await store.put(keys[i].matches, encodeCandidates(candidates))
        }
        await store.put(keys[i].geometry, encodeGeometry(geometry, matches))
        results[i] = { a, b, geometry, rawMatches: matches }
        progress.advance(`${photos[a].info.name} – ${photos[b].info.name}`)
      },
    },
  )
  const done = results as (MapperPair & { rawMatches: Uint32Array })[]
  const verified = done.filter((p) => p.geometry.kind !== 'refused').length
  const seconds = progress.end(`${verified} of ${count} pairs verified`)
  return { pairs: done, selection, key: await recordKey('pairs', keys), seconds, reused }
}

function pairPhoto(photos: readonly FeaturedPhoto[], cameras: readonly PairCamera[], i: number): FeaturedSide {
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
