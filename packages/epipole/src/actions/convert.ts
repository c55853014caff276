import { join, resolve } from 'node:path'
import { EpipoleError } from '@epipole/core'
import { COLMAP_FILE_NAMES, type Verdict } from '@epipole/sfm'
import { databaseOfModel } from '../database/from-model.js'
import { writeColmapDatabase } from '../database/write-database.js'
import { type ColmapKind, writeColmapModel, writeNerfstudioFile, writePlyFile } from '../outputs/write-model.js'
import { exists, type FoundModel, readHead, readModel, statOf } from './read-model.js'

export const CONVERT_TARGETS = ['colmap-bin', 'colmap-text', 'ply', 'nerfstudio', 'database'] as const

export type ConvertTarget = (typeof CONVERT_TARGETS)[number]

export interface ConvertOptions {
  readonly to: ConvertTarget
  /** Folder of the photos, for `nerfstudio`; default: `images` beside the output. */
  readonly photoFolder?: string
}

export interface Converted {
  readonly written: readonly string[]
  readonly images: number
  readonly points: number
}

/**
 * Converts a COLMAP sparse model (text or binary, recognised by content) to another form.
 *
 * @param input the model's folder, or one that has it in `sparse/0`
 * @param output `colmap-…`: a folder; `nerfstudio`: a folder that gets `transforms.json` with the points beside it, or that file's
 *   own name ending in .json; else a file, or an existing folder that gets `points.ply` or `database.db`
 * @throws EpipoleError `input` or `io`, naming the file; `usage` where the output would hide or overwrite another model's files;
 *   `unsupported` where the form cannot express the model
 */
export async function convert(input: string, output: string, options: ConvertOptions): Promise<Converted> {
  if (!CONVERT_TARGETS.includes(options.to)) {
    throw new EpipoleError('usage', `"${options.to}" is no target of convert; there are ${CONVERT_TARGETS.join(', ')}.`)
  }
  await refuseOtherKinds(input)
  const found = await readModel(input)
  const written = await writers[options.to](found, output, options)
  return { written, images: found.model.images.size, points: found.model.points.size }
}

type Writer = (found: FoundModel, output: string, options: ConvertOptions) => Promise<string[]>

const writers: { readonly [target in ConvertTarget]: Writer } = {
  'colmap-bin': (found, output) => writeColmap(found, output, 'binary'),
  'colmap-text': (found, output) => writeColmap(found, output, 'text'),
  ply: async ({ model }, output) => {
    const path = await fileIn(output, 'points.ply')
    await writePlyFile(path, model)
    return [path]
  },
  nerfstudio: async ({ model }, output, { photoFolder }) => {
    // nerfstudio takes a folder with this file in it, so a name without the ending can only mean the folder.
    const path = /\.json$/i.test(output) ? output : join(output, 'transforms.json')
    const ply = `${path.replace(/\.json$/i, '')}-points.ply`
    const photos = photoFolder === undefined ? {} : { photoFolder }
    const verdict = await writeNerfstudioFile(path, model, { ...photos, plyFile: ply })
    if (verdict !== undefined) throw unsupported(verdict)
    await writePlyFile(ply, model)
    return [path, ply]
  },
  database: async ({ model }, output) => {
    const path = await fileIn(output, 'database.db')
    writeColmapDatabase(path, databaseOfModel(model))
    return [path]
  },
}

/** Beside the other form of another model COLMAP would read the wrong one; beside its own source both say the same. */
async function writeColmap({ model, folder }: FoundModel, output: string, kind: ColmapKind): Promise<string[]> {
  const other = COLMAP_FILE_NAMES[kind === 'text' ? 'binary' : 'text'].cameras
  if (resolve(output) !== resolve(folder) && (await exists(join(output, other)))) {
    throw new EpipoleError('usage', `${output} already holds a model (${other}); choose another folder or remove it.`, {
      file: join(output, other),
    })
  }
  return writeColmapModel(output, model, kind)
}

async function fileIn(output: string, name: string): Promise<string> {
  const isFolder = /[/\\]$/.test(output) || ((await exists(output)) && (await statOf(output)).isDirectory())
  return isFolder ? join(output, name) : output
}

/** Says what a file is that holds no model, by its content. */
async function refuseOtherKinds(input: string): Promise<void> {
  if (!(await statOf(input)).isFile()) return
  const refuse = (what: string): never => {
    throw new EpipoleError('input', `${input} is ${what}; convert reads the folder of a COLMAP model.`, { file: input })
  }
  const head = await readHead(input, 64)
  if (head.startsWith('SQLite format 3\0')) refuse('an SQLite database, which holds features and matches but no model')
  if (/^ply\r?\n/.test(head)) refuse('a PLY, which holds points but no cameras')
  if (/^\s*\{/.test(head)) refuse('a JSON file')
}

function unsupported(verdict: Verdict): EpipoleError {
  return new EpipoleError('unsupported', verdict.text, { ...verdict })
}
