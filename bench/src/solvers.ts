// npm run bench:solvers: microseconds a call of the minimal solvers, also into the table of geometry's README.
import { readFileSync, writeFileSync } from 'node:fs'
import {
  essentialEightPoint,
  essentialFivePoint,
  fundamentalEightPoint,
  fundamentalSevenPoint,
  homographyFourPoint,
  median,
  p3p,
  p4pf,
  syntheticPair,
} from '@epipole/geometry'
import { publish } from './results.js'
import { type Row, row } from './rows.js'
import { withTimes } from './solvers-table.js'

type Solve = (sample: Int32Array, models: Float64Array) => number

/** Microseconds a call over random samples of one problem, the median of several rounds after warming up. */
function timeSolver(sampleSize: number, count: number, solve: Solve): number {
  const models = new Float64Array(120)
  const samples = Array.from({ length: 500 }, (_, s) =>
    Int32Array.from({ length: sampleSize }, (_, k) => (s * 31 + k * 37) % count),
  )
  const rounds: number[] = []
  for (let round = 0; round < 12; round++) {
    const started = performance.now()
    for (let repeat = 0; repeat < 10; repeat++) for (const sample of samples) solve(sample, models)
    if (round >= 3) rounds.push((performance.now() - started) / (10 * samples.length))
  }
  return 1000 * median(rounds)
}

function solverRows(): Row[] {
  const { xy1, xy2, pixels1, pixels2, points, camera2 } = syntheticPair({ matches: 200, noisePx: 0.5, seed: 1 })
  const flat = syntheticPair({ matches: 200, noisePx: 0.5, layout: 'plane', seed: 1 })
  const [, , cx, cy] = camera2.params
  const centred = pixels2.map((v, k) => v - (k % 2 === 0 ? cx : cy))
  const cases: [string, number, number | undefined, Solve][] = [
    ['P3P', 3, 1, (s, m) => p3p(xy2, points, s, m)],
    ['P4Pf', 4, undefined, (s, m) => p4pf(centred, points, s, m)],
    ['essential five-point', 5, 20, (s, m) => essentialFivePoint(xy1, xy2, s, m)],
    ['essential eight-point', 8, 10, (s, m) => essentialEightPoint(xy1, xy2, s, m)],
    ['fundamental seven-point', 7, 8, (s, m) => fundamentalSevenPoint(pixels1, pixels2, s, m)],
    ['fundamental eight-point', 8, 10, (s, m) => fundamentalEightPoint(pixels1, pixels2, s, m)],
    ['homography four-point', 4, 5, (s, m) => homographyFourPoint(flat.pixels1, flat.pixels2, s, m)],
  ]
  return cases.map(([name, size, limit, solve]) =>
    row(
      name,
      'time a call',
      'µs',
      timeSolver(size, 200, solve),
      { name: 'PoseLib', value: undefined },
      limit === undefined ? { of: 'nothing' } : { of: 'ours', atMost: limit },
    ),
  )
}

const rows = solverRows()
publish('solvers', rows, [
  'One core. PoseLib is C++ and is not run here; its README states 0.25 µs for P3P, 5.5 for five-point, 2.2 for eight-point.',
])

const readme = new URL('../../packages/geometry/README.md', import.meta.url)
writeFileSync(readme, withTimes(readFileSync(readme, 'utf8'), rows))
