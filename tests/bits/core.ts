import * as core from '@epipole/core'
import type { Probe } from './probes.js'

const one = {
  sin: core.sin,
  cos: core.cos,
  tan: core.tan,
  asin: core.asin,
  acos: core.acos,
  atan: core.atan,
  exp: core.exp,
  expm1: core.expm1,
  log: core.log,
  log1p: core.log1p,
  log2: core.log2,
  log10: core.log10,
  cbrt: core.cbrt,
  sinh: core.sinh,
  cosh: core.cosh,
  tanh: core.tanh,
}
const two = { atan2: core.atan2, pow: core.pow, hypot: core.hypot }
const COUNT = 50_000

/** Arguments of every size: half of them of the sizes that occur, half any finite double at all. */
function argument(random: core.RandomStream): number {
  if (random.int(2) === 0) return random.uniform(-8, 8)
  const words = new Uint32Array([random.u32(), random.u32()])
  const any = new Float64Array(words.buffer)[0] as number
  return Number.isFinite(any) ? any : 0
}

export const coreProbes: Readonly<Record<string, Probe>> = {
  'core/elementary': () => {
    const random = core.randomStream(1, 'bits')
    const results: number[] = []
    for (const f of Object.values(one)) for (let i = 0; i < COUNT; i++) results.push(f(argument(random)))
    for (const f of Object.values(two)) {
      for (let i = 0; i < COUNT; i++) results.push(f(argument(random), argument(random)))
    }
    return results
  },
  'core/random': () => {
    const random = core.randomStream(2, 'bits')
    const results = Float64Array.from({ length: 200_000 }, (_, i) => {
      const fork = i % 1000 === 0 ? random.fork('item', i, i / 7) : random
      return [fork.float(), fork.normal(), fork.int(1 + (i % 9999)), fork.uniform(-3, 5), fork.u32()][i % 5] as number
    })
    return random.shuffle(results)
  },
}
