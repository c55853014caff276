import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { randomStream } from '@epipole/core'

export const SIDES: readonly string[] = ['left', 'right']

/** A folder of two classes of noisy images of 8 × 8, brighter on the side that their class says. */
export async function writeSideImages(folder: string, count: number): Promise<void> {
  for (const [label, name] of SIDES.entries()) {
    await mkdir(path.join(folder, name), { recursive: true })
    for (let i = 0; i < count; i++) {
      const random = randomStream(1, label, i)
      const pixels = Uint8Array.from(
        { length: 8 * 8 * 3 },
        (_, k) => 80 + random.int(80) + ((k / 3) % 8 >= 4 === (label === 1) ? 50 : 0),
      )
      await writeFile(path.join(folder, name, `${i}.ppm`), Buffer.concat([Buffer.from('P6\n8 8\n255\n'), pixels]))
    }
  }
}
