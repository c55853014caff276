import {
  EpipoleError,
  isEpipoleError,
  type OnEvent,
  type Pool,
  StageProgress,
  sha256Hex,
  throwIfAborted,
} from '@epipole/core'
import type { LabelledImages } from '@epipole/learn'
import { compareNames } from '../photos/photo.js'
import type { tasks } from '../tasks/tasks.js'
import { type ClassNames, classFolders, type LabelledFile } from './class-folders.js'
import { fingerprint } from './fingerprint.js'
import type { ImageForm } from './fit-images.js'
import type { DecodedImage } from './fit-planes.js'
import type { ImageSets, RefusedImage } from './image-sets.js'
import type { DataFile } from './listing.node.js'

/** Channels default to 3; without a size all images must be of one. */
export interface FolderImagesOptions extends ImageForm, ClassNames {
  readonly pool: Pool<typeof tasks>
  /** Leave damaged images out in place of refusing the data. */
  readonly skipDamaged?: boolean
  /** Decoded images are kept up to so many bytes; others are decoded each time. Default 1 GB. */
  readonly memory?: number
  readonly onEvent?: OnEvent
  readonly signal?: AbortSignal
}

/**
 * Images in class folders. Every one is decoded once before training, so that damage and odd sizes are known from the start;
 * what fits in memory stays there.
 */
export async function folderImages(files: readonly DataFile[], options: FolderImagesOptions): Promise<ImageSets> {
  const { classes, train, test } = classFolders(files, options)
  const { pool, signal, onEvent, channels = 3, size } = options
  const all = [...train, ...test]
  const progress = new StageProgress('images', { total: all.length, unit: 'images', onEvent })
  const refused: RefusedImage[] = []
  const digests = new Map<LabelledFile, string>()
  const decode = async (item: LabelledFile): Promise<DecodedImage> => {
    const { name } = item.file
    const bytes = await item.file.bytes()
    if (!digests.has(item)) digests.set(item, await sha256Hex([bytes]))
    return pool.run('decodeImage', { name, bytes, channels, ...(size && { size }) }) as Promise<DecodedImage>
  }
  const cache = new Cache(decode, options.memory ?? 1_000_000_000)
  const shapes = await inParallel(all, 2 * Math.max(1, pool.workers), async (item) => {
    throwIfAborted(signal)
    try {
      const { height, width } = await cache.get(item)
      return [height, width] as const
    } catch (error) {
      if (!isEpipoleError(error) || error.code !== 'input') throw error
      refused.push({ name: item.file.name, reason: error.message })
      progress.warn(error.message, item.file.name)
      return undefined
    } finally {
      progress.advance()
    }
  })
  const read = all.length - refused.length
  const inClasses = options.unlabelled ? '' : `, ${classes.length} ${classes.length === 1 ? 'class' : 'classes'}`
  progress.end(`${read} ${read === 1 ? 'image' : 'images'}${inClasses}`)
  // In the order of names, whichever thread came first.
  refused.sort((a, b) => compareNames(a.name, b.name))
  if (refused.length > 0 && !options.skipDamaged) throw damaged(refused)
  const shape = commonShape(all, shapes, channels)
  const good = new Set(all.filter((_, i) => shapes[i] !== undefined))
  const images = (list: readonly LabelledFile[]) =>
    labelled(
      list.filter((item) => good.has(item)),
      classes,
      shape,
      cache,
    )
  for (const [i, name] of classes.entries())
    if (!options.classes && !train.some((item) => item.label === i && good.has(item)))
      throw new EpipoleError('input', `Class ${name} has no image that can be read.`)
  const testable = test.some((item) => good.has(item))
  const seen = (list: readonly LabelledFile[]) =>
    list.map((item) => `${classes[item.label]} ${good.has(item) ? digests.get(item) : 'refused'}`)
  const text = JSON.stringify([seen(train), seen(test)])
  return {
    train: images(train),
    ...(testable && { test: images(test) }),
    fingerprint: await fingerprint(good.size, [new TextEncoder().encode(text)]),
    form: 'class folders',
    refused,
  }
}

function damaged(refused: readonly RefusedImage[]): EpipoleError {
  const list = refused.slice(0, 10).map(({ name }) => name)
  const more = refused.length > 10 ? ` and ${refused.length - 10} more` : ''
  return new EpipoleError(
    'input',
    `${refused.length} ${refused.length === 1 ? 'image' : 'images'} cannot be read: ${list.join(', ')}${more}. Repair or remove them, or leave them out with --skip-damaged.`,
    { refused },
  )
}

function commonShape(
  all: readonly LabelledFile[],
  shapes: readonly (readonly [number, number] | undefined)[],
  channels: 1 | 3,
): readonly [number, number, number] {
  const first = shapes.find((s) => s !== undefined)
  if (first === undefined) throw new EpipoleError('input', 'None of the images can be read.')
  const odd = shapes.findIndex((s) => s !== undefined && (s[0] !== first[0] || s[1] !== first[1]))
  if (odd >= 0)
    throw new EpipoleError(
      'input',
      `${all[odd]?.file.name} is ${shapes[odd]?.[1]} × ${shapes[odd]?.[0]}, others are ${first[1]} × ${first[0]}: give the size all are brought to with --size.`,
    )
  return [channels, ...first]
}

function labelled(
  list: readonly LabelledFile[],
  classes: readonly string[],
  shape: readonly [number, number, number],
  cache: Cache,
): LabelledImages {
  return {
    count: list.length,
    shape,
    classes,
    label: (i) => (list[i] as LabelledFile).label,
    image: async (i) => (await cache.get(list[i] as LabelledFile)).planes,
  }
}

/** Decoded images, as many as fit. */
class Cache {
  readonly #decode: (item: LabelledFile) => Promise<DecodedImage>
  readonly #kept = new Map<LabelledFile, DecodedImage>()
  #room: number

  constructor(decode: (item: LabelledFile) => Promise<DecodedImage>, room: number) {
    this.#decode = decode
    this.#room = room
  }

  async get(item: LabelledFile): Promise<DecodedImage> {
    const kept = this.#kept.get(item)
    if (kept) return kept
    const decoded = await this.#decode(item)
    if (decoded.planes.length <= this.#room && !this.#kept.has(item)) {
      this.#room -= decoded.planes.length
      this.#kept.set(item, decoded)
    }
    return decoded
  }
}

async function inParallel<T, R>(items: readonly T[], lanes: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results = new Array<R>(items.length)
  let next = 0
  const lane = async () => {
    for (let i = next++; i < items.length; i = next++) results[i] = await work(items[i] as T)
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return results
}
