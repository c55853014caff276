import { describe, expect, it } from 'vitest'
import { syntheticPair } from '../synthetic/pair.js'
import { absolutePoseDlt } from './absolute-pose-dlt.js'
import { essentialEightPoint, fundamentalEightPoint } from './epipolar-eight-point.js'
import { essentialFivePoint } from './essential-five-point.js'
import { fundamentalSevenPoint } from './fundamental-seven-point.js'
import { homographyDlt } from './homography-dlt.js'
import { homographyFourPoint } from './homography-four-point.js'
import { p3p } from './p3p.js'
import { p4pf } from './p4pf.js'

// (That compiled code is there in time, see `execArgv` in vitest.config.ts.)
describe('the hot solvers allocate nothing', () => {
  const { xy1, xy2, pixels1, pixels2, points } = syntheticPair({ matches: 100, noisePx: 0.5, seed: 1 })
  const models = new Float64Array(120)
  const centred = pixels2.map((v, k) => v - (k % 2 === 0 ? 500 : 375))
  const flat = points.map((v, k) => (k % 3 === 2 ? 0.3 * points[k - 1] : v))
  const solvers: [string, number, (sample: Int32Array) => number][] = [
    ['P3P', 3, (s) => p3p(xy2, points, s, models)],
    ['absolute pose DLT', 6, (s) => absolutePoseDlt(xy2, points, s, models)],
    ['homography DLT', 8, (s) => homographyDlt(pixels1, pixels2, s, models)],
    ['homography four-point', 4, (s) => homographyFourPoint(pixels1, pixels2, s, models)],
    ['essential five-point', 5, (s) => essentialFivePoint(xy1, xy2, s, models)],
    ['fundamental seven-point', 7, (s) => fundamentalSevenPoint(pixels1, pixels2, s, models)],
    ['essential eight-point', 8, (s) => essentialEightPoint(xy1, xy2, s, models)],
    ['fundamental eight-point', 8, (s) => fundamentalEightPoint(pixels1, pixels2, s, models)],
    ['P4Pf', 4, (s) => p4pf(centred, points, s, models)],
    ['P4Pf on a plane', 4, (s) => p4pf(centred, flat, s, models)],
  ]

  it.each(solvers)('%s', (_name, size, solve) => {
    const sample = new Int32Array(size)
    const run = (calls: number) => {
      for (let i = 0; i < calls; i++) {
        for (let k = 0; k < size; k++) sample[k] = (31 * i + 37 * k) % 100
        solve(sample)
      }
    }
    run(20_000)
    // The process's other work allocates a little now and then, so the quietest round counts.
    let least = Number.POSITIVE_INFINITY
    for (let round = 0; round < 50 && !(least < 8 * 5000); round++) {
      const before = process.memoryUsage().heapUsed
      run(5000)
      const grown = process.memoryUsage().heapUsed - before
      if (grown >= 0) least = Math.min(least, grown)
    }
    expect(least / 5000).toBeLessThan(8)
  })
})
