import fs from 'node:fs/promises'
import { EpipoleError } from '@epipole/core'
import { ioError } from '../store/io-error.node.js'
import { type GivenIntrinsics, parseIntrinsicsFile, parseIntrinsicsList } from './parse-intrinsics.js'

/** A calibration is a few numbers; whatever is larger is another file. */
const MAX_BYTES = 1 << 20

/**
 * Intrinsics as the command line takes them: `fx,fy,cx,cy`, or the path of a matrix or of COLMAP's `cameras.txt`.
 *
 * @throws EpipoleError `input` where the file is missing or is neither
 */
export async function readIntrinsics(text: string): Promise<GivenIntrinsics> {
  const list = parseIntrinsicsList(text)
  if (list) return list
  return parseIntrinsicsFile(await readText(text), text)
}

async function readText(file: string): Promise<string> {
  try {
    const { size } = await fs.stat(file)
    if (size > MAX_BYTES) {
      throw new EpipoleError('input', `--intrinsics ${file}: ${size} bytes are no calibration.`, { file, size })
    }
    return await fs.readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      throw new EpipoleError(
        'input',
        `--intrinsics ${file}: no such file. Give a file with a 3 × 3 matrix, COLMAP's cameras.txt, or fx,fy,cx,cy.`,
        { file },
      )
    }
    throw ioError(error, file, 'read the intrinsics')
  }
}
