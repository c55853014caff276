import { EpipoleError, isEpipoleError } from '@epipole/core'
import type { Graph } from '../graph.js'
import { isBroken } from '../interpret/guard.js'
import { interpret } from '../interpret/interpret.js'
import type { NdArray } from '../nd-array.js'
import type { Executable } from './device.js'

/** The executable with the option `debug` (device.ts). */
export async function guarded(executable: Executable, graph: Graph, device: string): Promise<Executable> {
  /** What the next run begins with. */
  let state = await executable.readState()
  let turn: Promise<unknown> = Promise.resolve()
  // One after another, also where the caller does not wait, so that each run's own state is known.
  const inTurn =
    <A extends readonly unknown[], R>(act: (...given: A) => Promise<R>) =>
    (...given: A): Promise<R> => {
      const result = turn.then(() => act(...given))
      turn = result.catch(() => {})
      return result
    }
  const run = async (feeds: readonly NdArray[]): Promise<NdArray[]> => {
    const results = await executable.run(feeds).catch((error: unknown) => {
      // The runtime stopped at some number; the interpreter says at which node.
      if (isEpipoleError(error) && error.code === 'input') interpret(graph, [...state, ...feeds], { debug: true })
      throw error
    })
    const next = await executable.readState()
    const made = [...next, ...results]
    if (made.some(isBroken)) {
      try {
        explain(graph, [...state, ...feeds], made, device)
      } catch (error) {
        await executable.writeState(state)
        throw error
      }
    }
    state = next
    return results
  }
  const write = async (next: readonly NdArray[]) => {
    await executable.writeState(next)
    state = await executable.readState()
  }
  return {
    run: inTurn(run),
    readState: inTurn(() => executable.readState()),
    writeState: inTurn(write),
    close: inTurn(() => executable.close()),
  }
}

/** Throws what is wrong; nothing is where the interpreter comes to such numbers as well without a node that makes them (masks do). */
function explain(graph: Graph, feeds: readonly NdArray[], made: readonly NdArray[], device: string): void {
  const exact = interpret(graph, feeds, { debug: true })
  const at = made.findIndex((value, i) => isBroken(value) && !isBroken(exact[i] as NdArray))
  if (at < 0) return
  const [{ name }, { data }] = [graph.outputs[at], made[at]]
  const place = data.findIndex((v) => !Number.isFinite(v))
  throw new EpipoleError(
    'input',
    `The device "${device}" makes ${data[place]} at element ${place} of "${name || 'output'}", where the interpreter, node by node, makes ${exact[at].data[place]}: on the way, numbers come near the end of what f32 holds.`,
    { output: name, device },
  )
}
