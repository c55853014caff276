import { EpipoleError } from '@epipole/core'
import { listFolder } from '#platform'
import { type ByteSource, blobSource } from './byte-source.js'
import { extensionOf, looksLikePhoto } from './formats.js'
import { inspectHeader } from './inspect.js'
import { compareNames, type Photo, type PhotoSet, type RefusedPhoto } from './photo.js'
import { verdictOf } from './refusal.js'

/** A file found, before anyone looked into it. */
export interface ListedFile {
  /** Relative, with forward slashes. */
  readonly name: string
  /** Throws `io` where the file cannot be opened. */
  open(): Promise<ByteSource>
}

export interface FileListing {
  readonly name: string
  readonly files: readonly ListedFile[]
}

/** How many headers are read at once. */
const CONCURRENCY = 16

/**
 * Opens a folder (Node) or the files a person chose (browser) as a set of photos: nested folders too, any case of
 * extension, hidden files and `._*` left out, and what Epipole itself wrote. Every file that claims to be a picture is
 * looked into: the header only, no pixel is decoded. What cannot be used is in `refused` with its verdict.
 *
 * Throws `input` where there is no such folder, `io` where it cannot be read.
 */
export async function openPhotos(from: string | FileList | readonly File[]): Promise<PhotoSet> {
  return openListing(typeof from === 'string' ? await listFolder(from) : listFiles(from))
}

/** The same from any listing. */
export async function openListing(listing: FileListing): Promise<PhotoSet> {
  const files = [...listing.files].sort((a, b) => compareNames(a.name, b.name))
  const results: (Photo | RefusedPhoto | undefined)[] = new Array(files.length)
  let next = 0
  const work = async () => {
    for (let i = next++; i < files.length; i = next++) results[i] = await openOne(files[i]!)
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, work))
  return {
    name: listing.name,
    photos: results.filter((result) => result !== undefined && 'bytes' in result),
    refused: results.filter((result) => result !== undefined && 'verdict' in result),
    ignored: files.filter((_, i) => !results[i]).map((file) => file.name),
  }
}

/**
 * A photo, a refusal, or nothing: a file whose extension claims something else is not looked at, and one without an
 * extension (README, LICENSE …) is refused only if its content is a picture's.
 */
async function openOne(file: ListedFile): Promise<Photo | RefusedPhoto | undefined> {
  const { name } = file
  const extension = extensionOf(name)
  if (extension !== '' && !looksLikePhoto(name)) return undefined
  try {
    return await openPhoto(name, await file.open())
  } catch (error) {
    const verdict = verdictOf(error)
    if (!verdict) throw error
    if (extension === '' && (verdict.test === 'not-a-photo' || verdict.test === 'empty-file')) return undefined
    return { name, verdict }
  }
}

/** One photo, named by `name`. Throws `input` with a verdict where it cannot be used; only its header is read. */
export async function openPhoto(name: string, source: ByteSource): Promise<Photo> {
  const header = await inspectHeader(source, name)
  return { name, size: source.size, ...header, bytes: () => readWhole(source, name) }
}

async function readWhole(source: ByteSource, name: string): Promise<Uint8Array> {
  const bytes = await source.read(0, source.size)
  if (bytes.length === source.size) return bytes
  throw new EpipoleError('io', `${name} became shorter while it was read. Is it still being copied?`, { file: name })
}

/** Files from an `<input type="file" webkitdirectory>`, a drop or a plain list; the folder's own name comes first there. */
function listFiles(list: FileList | readonly File[]): FileListing {
  const files = Array.from(list).map((file) => ({ path: file.webkitRelativePath || file.name, file }))
  const top = files[0]?.path.split('/')[0] ?? ''
  const nested = files.length > 0 && files.every(({ path }) => path.startsWith(`${top}/`))
  return {
    name: nested ? top : 'photos',
    files: files
      .map(({ path, file }) => ({
        name: nested ? path.slice(top.length + 1) : path,
        open: async () => blobSource(file),
      }))
      .filter(({ name }) => !name.split('/').some((part) => part.startsWith('.') || part.endsWith('-epipole'))),
  }
}
