import { randomStream } from '@epipole/core'
import { bruteForceMatcher, type GrayImage, siftExtractor } from '@epipole/features'
import type { Probe } from './probes.js'

/** Seeded blobs of all sizes on noise, the second image a shifted and darker view of the same. */
function blobs(width: number, height: number, shift: number, gain: number): GrayImage {
  const random = randomStream(8, 'blobs')
  const sum = new Float64Array(width * height).fill(110)
  for (let k = 0; k < 500; k++) {
    const [x, y] = [random.uniform(0, width) + shift, random.uniform(0, height)]
    const radius = 2 + 10 * random.float() ** 2
    const height2 = random.uniform(-90, 90)
    for (let j = Math.max(0, Math.ceil(y - radius)); j < Math.min(height, y + radius); j++) {
      for (let i = Math.max(0, Math.ceil(x - radius)); i < Math.min(width, x + radius); i++) {
        const r2 = ((i - x) ** 2 + (j - y) ** 2) / radius ** 2
        if (r2 < 1) sum[j * width + i]! += height2 * (1 - r2) ** 2
      }
    }
  }
  const data = Uint8Array.from(sum, (v) => Math.min(255, Math.max(0, Math.round(gain * v + random.normal()))))
  return { width, height, data }
}

export const featuresProbes: Readonly<Record<string, Probe>> = {
  'features/sift and matching': async () => {
    const sift = siftExtractor()
    const a = await sift.extract(blobs(400, 300, 0, 1))
    const b = await sift.extract(blobs(400, 300, 7.3, 0.8), 1.5)
    const matches = await bruteForceMatcher().match(a, b)
    if (a.count < 100 || matches.length < 40) throw new Error(`too little to compare: ${a.count}, ${matches.length}`)
    return [a, b, matches]
  },
}
