import { readdir } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import {
  COLMAP_FILE_NAMES,
  type ColmapFiles,
  nerfstudioVerdict,
  type Reconstruction,
  type Verdict,
  writeColmapBinary,
  writeColmapText,
  writeNerfstudio,
  writePly,
} from '@epipole/sfm'
import { removeStale, writeFiles } from './write-files.js'

export type ColmapKind = keyof typeof COLMAP_FILE_NAMES

/** Writes `cameras`, `images` and `points3D` into a folder, as `.bin` or `.txt`; returns their paths. */
export async function writeColmapModel(folder: string, model: Reconstruction, kind: ColmapKind): Promise<string[]> {
  const files = kind === 'text' ? writeColmapText(model) : writeColmapBinary(model)
  const byPath = (['cameras', 'images', 'points3D'] as const).map(
    (name: keyof ColmapFiles) => [join(folder, COLMAP_FILE_NAMES[kind][name]), files[name]] as const,
  )
  await writeFiles(new Map(byPath))
  return byPath.map(([path]) => path)
}

/** Writes the points as a coloured PLY. */
export async function writePlyFile(path: string, model: Reconstruction): Promise<void> {
  await writeFiles(new Map([[path, writePly(model)]]))
}

export interface NerfstudioFileOptions {
  /** The folder of the photos; the file names them relative to its own folder. Default: `images` beside the file. */
  readonly photoFolder?: string
  /** The PLY of the same model, to be named in the file. */
  readonly plyFile?: string
}

/**
 * Writes nerfstudio's `transforms.json`; returns why not where a lens has no counterpart there. The verdict is a result, not an
 * error: the other outputs of a run go on.
 */
export async function writeNerfstudioFile(
  path: string,
  model: Reconstruction,
  options: NerfstudioFileOptions = {},
): Promise<Verdict | undefined> {
  const verdict = nerfstudioVerdict(model)
  if (verdict !== undefined) return verdict
  const folder = dirname(resolve(path))
  const photos = forwardSlashes(relative(folder, resolve(options.photoFolder ?? join(folder, 'images'))))
  const bytes = writeNerfstudio(model, {
    photoPath: (name) => (photos === '' ? name : `${photos}/${name}`),
    ...(options.plyFile === undefined ? {} : { plyPath: forwardSlashes(relative(folder, resolve(options.plyFile))) }),
  })
  await writeFiles(new Map([[path, bytes]]))
  return undefined
}

function forwardSlashes(path: string): string {
  return sep === '/' ? path : path.split(sep).join('/')
}

export interface ModelFilesOptions {
  /** COLMAP's text form in place of the binary one. */
  readonly text?: boolean
  /** The folder of the photos, for `transforms.json`. */
  readonly photoFolder?: string
}

export interface WrittenModels {
  /** Paths, in the order they were written. */
  readonly written: readonly string[]
  /** What a format could not express. */
  readonly skipped: readonly { readonly file: string; readonly verdict: Verdict }[]
}

/**
 * Writes a run's models: `sparse/<i>/` for each (COLMAP), `points.ply` and `transforms.json` for the first, `points-<i>.ply` and
 * `transforms-<i>.json` for the others. Files of an earlier run that would no longer belong are removed.
 *
 * @param models largest first
 * @throws EpipoleError `io`, naming the path
 */
export async function writeModelFiles(
  folder: string,
  models: readonly Reconstruction[],
  options: ModelFilesOptions = {},
): Promise<WrittenModels> {
  const kind = options.text ? 'text' : 'binary'
  const written: string[] = []
  const skipped: { file: string; verdict: Verdict }[] = []
  for (const [i, model] of models.entries()) {
    const sparse = join(folder, 'sparse', String(i))
    // COLMAP prefers the binary files: a left-over of the other form would hide, or be, the wrong model.
    await removeStale(sparse, Object.values(COLMAP_FILE_NAMES[kind === 'text' ? 'binary' : 'text']))
    written.push(...(await writeColmapModel(sparse, model, kind)))
    const ply = join(folder, numbered('points', i, 'ply'))
    await writePlyFile(ply, model)
    const transforms = join(folder, numbered('transforms', i, 'json'))
    const photos = options.photoFolder === undefined ? {} : { photoFolder: options.photoFolder }
    const verdict = await writeNerfstudioFile(transforms, model, { ...photos, plyFile: ply })
    written.push(ply)
    if (verdict === undefined) written.push(transforms)
    else {
      await removeStale(folder, [numbered('transforms', i, 'json')])
      skipped.push({ file: transforms, verdict })
    }
  }
  await removeModelsFrom(folder, models.length)
  return { written, skipped }
}

function numbered(name: string, index: number, extension: string): string {
  return index === 0 ? `${name}.${extension}` : `${name}-${index}.${extension}`
}

/** Removes what an earlier run wrote for models numbered `first` and above. */
async function removeModelsFrom(folder: string, first: number): Promise<void> {
  const sparse = join(folder, 'sparse')
  const numbers = (await readdir(sparse).catch(() => [])).filter((name) => /^\d+$/.test(name)).map(Number)
  const highest = numbers.reduce((max, n) => Math.max(max, n), 0)
  for (const i of numbers) {
    if (i < first) continue
    const { binary, text } = COLMAP_FILE_NAMES
    await removeStale(join(sparse, String(i)), [...Object.values(binary), ...Object.values(text)])
  }
  for (let i = first; i <= highest; i++) {
    await removeStale(folder, [numbered('points', i, 'ply'), numbered('transforms', i, 'json')])
  }
}
