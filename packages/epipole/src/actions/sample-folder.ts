import fs from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { EpipoleError } from '@epipole/core'

/** The embedded sample: photos that Epipole rendered itself, and their exact cameras. */
export interface SampleFolder {
  readonly photos: string
  readonly truth: string
}

/** Beside this package's code where it was installed (`npm pack` puts it there), else in the workspace it is built in. */
const PLACES = ['../../sample/', '../../../../samples/arch/']

/** Where the embedded sample lies; throws `input` where this copy of Epipole came without it. */
export async function sampleFolder(): Promise<SampleFolder> {
  for (const place of PLACES) {
    const folder = fileURLToPath(new URL(place, import.meta.url))
    const found = { photos: path.join(folder, 'photos'), truth: path.join(folder, 'truth.json') }
    if (await exists(found.truth)) return found
  }
  throw new EpipoleError('input', 'This copy of Epipole came without its sample photos. Install the package again.')
}

async function exists(file: string): Promise<boolean> {
  return fs.access(file).then(
    () => true,
    () => false,
  )
}
