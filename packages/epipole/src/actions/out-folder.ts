import fs from 'node:fs/promises'
import path from 'node:path'
import { EpipoleError } from '@epipole/core'
import type { PhotoSet } from '../photos/photo.js'
import { ioError } from '../store/io-error.node.js'
import { writeWhole } from '../store/node-store.js'

/** Where a run's working state lies in its output folder. */
export const STATE_FOLDER = '.epipole'
const MARKER = 'set.json'

/** What Epipole writes into an output folder, besides its state. */
const OUTPUTS = /^(sparse|points(-\d+)?\.ply|transforms(-\d+)?\.json|database\.db|report\.(json|html))$/

/** Which photos an output folder belongs to: names and sizes, so that a moved folder is still itself. */
interface Marker {
  readonly format: 'epipole-set'
  readonly version: 1
  readonly folder: string
  readonly photos: readonly { readonly name: string; readonly size: number }[]
}

/** How a set differs from the one the folder was last used for. */
export interface SetChanges {
  readonly added: number
  readonly removed: number
}

/** `./<folder>-epipole`, in the working directory. */
export function defaultOut(photosFolder: string): string {
  return `${path.basename(path.resolve(photosFolder)) || 'photos'}-epipole`
}

/**
 * Takes an output folder into use for a set, before any work: it must be free, or hold work on this set, which shares at
 * least one photo (name and size) with it. `fresh` gives up another set's work, and this one's.
 *
 * @throws EpipoleError `usage` where it holds another set's model, or a model that is not ours; `io` where it cannot be
 *   written
 */
export async function claimOutFolder(
  out: string,
  photosFolder: string,
  set: PhotoSet,
  fresh: boolean,
): Promise<SetChanges | undefined> {
  const state = path.join(out, STATE_FOLDER)
  const before = await readMarker(path.join(state, MARKER))
  const names = await entries(out)
  if (!before) refuseForeign(out, names)
  else if (!fresh) refuseOtherSet(out, before, set)
  const marker: Marker = {
    format: 'epipole-set',
    version: 1,
    folder: path.resolve(photosFolder),
    photos: set.photos.map(({ name, size }) => ({ name, size })),
  }
  try {
    if (fresh) await removeOurs(out, names)
    await writeWhole(path.join(state, MARKER), new TextEncoder().encode(`${JSON.stringify(marker, null, 1)}\n`))
  } catch (error) {
    throw ioError(error, out, 'write to the output folder')
  }
  return before && !fresh ? changes(before, marker) : undefined
}

function refuseForeign(out: string, names: readonly string[]): void {
  const found = names.filter((name) => OUTPUTS.test(name))
  if (found.length === 0) return
  throw new EpipoleError(
    'usage',
    `${out} holds ${found.join(', ')}, which this command would overwrite and did not write. Choose another folder with --out.`,
    { out, found },
  )
}

function refuseOtherSet(out: string, before: Marker, set: PhotoSet): void {
  const { added } = changes(before, { photos: set.photos })
  if (before.photos.length === 0 || set.photos.length === 0 || added < set.photos.length) return
  throw new EpipoleError(
    'usage',
    `${out} holds work on other photos (${before.photos.length} of ${before.folder}). Choose another folder with --out, or give that work up with --fresh.`,
    { out, folder: before.folder },
  )
}

function changes(before: Pick<Marker, 'photos'>, now: Pick<Marker, 'photos'>): SetChanges {
  const keys = ({ photos }: Pick<Marker, 'photos'>) =>
    new Set(photos.map(({ name, size }) => `${name.normalize('NFC')}\0${size}`))
  const old = keys(before)
  const current = keys(now)
  return {
    added: [...current].filter((key) => !old.has(key)).length,
    removed: [...old].filter((key) => !current.has(key)).length,
  }
}

async function removeOurs(out: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    if (name === STATE_FOLDER || OUTPUTS.test(name)) await fs.rm(path.join(out, name), { recursive: true, force: true })
  }
}

async function entries(out: string): Promise<string[]> {
  try {
    return await fs.readdir(out)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw ioError(error, out, 'open the output folder')
  }
}

/** The marker, or undefined where there is none or it is damaged. */
async function readMarker(file: string): Promise<Marker | undefined> {
  let text: string
  try {
    text = await fs.readFile(file, 'utf8')
  } catch {
    return undefined
  }
  try {
    const value = JSON.parse(text) as Partial<Marker> | null
    const ok = value?.format === 'epipole-set' && value.version === 1 && Array.isArray(value.photos)
    return ok && typeof value.folder === 'string' ? (value as Marker) : undefined
  } catch {
    return undefined
  }
}
