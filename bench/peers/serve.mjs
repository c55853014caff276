// The peers' end of `src/graph/peer.ts`: a first line says who answers; then each line `model train|infer repeats` is answered
// by the milliseconds of every repeat, or by `no <reason>` where the peer cannot run the model.
import { createInterface } from 'node:readline'

/** @param make gives `{ train, infer }` for a model's name, functions that end when the result is there; or throws. */
export async function serve(version, make) {
  console.log(version)
  let current
  for await (const line of createInterface({ input: process.stdin })) {
    const [name, what, repeats] = line.split(' ')
    try {
      if (current?.name !== name) {
        current = { name, warm: new Set(), ...(await make(name)) }
      }
      if (!current.warm.has(what)) {
        // (Twice, unless that takes long.)
        const start = performance.now()
        await current[what]()
        if (performance.now() - start < 5000) await current[what]()
        current.warm.add(what)
      }
      const times = []
      for (let i = 0; i < Number(repeats); i++) {
        const start = performance.now()
        await current[what]()
        times.push(performance.now() - start)
      }
      console.log(times.join(' '))
    } catch (error) {
      current = undefined
      console.log(`no ${String(error?.message ?? error).split('\n')[0]}`)
    }
  }
  // (Threads of a peer would keep it.)
  process.exit()
}

/** Numbers like those of a normal distribution, the same for each peer. */
export function noise(size, deviation, seed = 1) {
  let state = seed
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return (state + 0.5) / 2 ** 32
  }
  return Float32Array.from(
    { length: size },
    () => deviation * Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()),
  )
}
