import { EpipoleError } from '@epipole/core'
import { renderPhoto } from '../render/photo.js'
import { prepareScene } from '../scenes/prepare.js'
import { archSet } from './arch-set.js'
import { type Exif, type PhotoSet, type SetTruth, setTruth } from './photo-set.js'
import { lookAlikeSet, loopSet, planeSet, rotationSet, twoScenesSet } from './test-sets.js'

/** Every set this package can make; see the functions of the same names. */
export const photoSets = {
  arch: archSet,
  plane: planeSet,
  rotation: rotationSet,
  loop: loopSet,
  'look-alike': lookAlikeSet,
  'two-scenes': twoScenesSet,
} as const satisfies Record<string, (width: number, seed: number) => PhotoSet>

export type SetName = keyof typeof photoSets

export interface SetOptions {
  /** Width of the photos in pixels; their height is two thirds of it. Default 480. */
  readonly width?: number
  /** Default 1. */
  readonly seed?: number
  /** Rays a pixel; default 1. */
  readonly samples?: number
  /** See `RenderOptions.indirect`. */
  readonly indirect?: boolean
  /** Take only these photos, by their place in the set; default all. */
  readonly only?: readonly number[]
}

export interface RenderedPhoto {
  readonly name: string
  readonly width: number
  readonly height: number
  /** 8-bit sRGB, row by row. */
  readonly rgb: Uint8Array
  readonly exif: Exif
}

export interface RenderedSet {
  readonly photos: readonly RenderedPhoto[]
  /** Of the photos that were rendered. */
  readonly truth: SetTruth
}

/** A set as plain data: scenes, cameras, poses, exposures. */
export function photoSet(name: SetName, options: Pick<SetOptions, 'width' | 'seed' | 'only'> = {}): PhotoSet {
  const { width = 480, seed = 1, only } = options
  const make = photoSets[name]
  if (!make) {
    throw new EpipoleError('usage', `There is no photo set "${name}"; there are: ${Object.keys(photoSets).join(', ')}.`)
  }
  if (!(Number.isInteger(width) && width >= 16 && width <= 8192)) {
    throw new EpipoleError('usage', `Photos can be 16 to 8192 pixels wide, not ${width}.`, { width })
  }
  const set = make(width, seed)
  return only ? { ...set, shots: only.map((i) => set.shots[i]).filter((shot) => shot !== undefined) } : set
}

/** Renders a set and gives its exact truth. Same name and options, same bytes. */
export function renderSet(name: SetName, options: SetOptions = {}): RenderedSet {
  const { seed = 1, samples = 1, indirect = false } = options
  const set = photoSet(name, options)
  const scenes = set.scenes.map(prepareScene)
  const photos = set.shots.map(({ view, scene, exif }): RenderedPhoto => {
    const photo = renderPhoto(scenes[scene], view, { samples, indirect, seed })
    return { name: view.name, ...photo, exif }
  })
  return { photos, truth: setTruth(set) }
}
