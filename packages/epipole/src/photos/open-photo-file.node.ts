import fs from 'node:fs/promises'
import path from 'node:path'
import { EpipoleError } from '@epipole/core'
import { fileSource } from '../platform/list-folder.node.js'
import { ioError } from '../store/io-error.node.js'
import { openPhoto } from './open-photos.js'
import type { Photo } from './photo.js'

/**
 * Opens one photo by its path; its name is the file's own.
 *
 * @throws EpipoleError `input` where it is missing or cannot be used, `io` where it cannot be read
 */
export async function openPhotoFile(file: string): Promise<Photo> {
  const size = await fileSize(file)
  try {
    return await openPhoto(path.basename(file), fileSource(file, size))
  } catch (error) {
    if (!(error instanceof EpipoleError) || error.code !== 'input') throw error
    throw new EpipoleError('input', `${file}: ${error.message}`, error.details, { cause: error })
  }
}

async function fileSize(file: string): Promise<number> {
  try {
    const found = await fs.stat(file)
    if (found.isFile()) return found.size
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) {
      throw new EpipoleError('input', `There is no file ${file}. Check the path.`, { path: file }, { cause: error })
    }
    throw ioError(error, file, 'open the photo')
  }
  throw new EpipoleError('input', `${file} is a folder; a photo is a file.`, { path: file })
}
