import { afterAll, describe, expect, test } from 'vitest'
import { disagreement, type OpGraph, opGraphs } from './agreement.test-support.js'
import { nodeDevice } from './node.node.js'

const device = nodeDevice({ worker: false, threads: 1 })
afterAll(() => device.close())

const byOp = new Map<string, OpGraph[]>()
for (const g of opGraphs()) byOp.set(g.op, [...(byOp.get(g.op) ?? []), g])

/** Each case is compiled by itself, passes and all. */
describe('the native device agrees with the interpreter to the rounding of f32', () => {
  test.each([...byOp])('%s', async (_, cases) => {
    const wrong: string[] = []
    for (const c of cases) {
      try {
        const executable = await device.compile(c.graph)
        wrong.push(...disagreement(c, await executable.run(c.feeds)))
        await executable.close()
      } catch (error) {
        wrong.push(`${c.title}: ${error}`)
      }
    }
    expect(wrong).toEqual([])
  })
})
