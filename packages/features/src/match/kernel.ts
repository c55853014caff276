import { type Kernel, KernelModule } from '../kernels/instantiate.js'
import { wasm } from '../kernels/match.generated.js'

/** The exports of assembly/match.ts. */
export interface MatchKernel extends Kernel {
  nearest(
    kind: number,
    a: number,
    countA: number,
    normsA: number,
    b: number,
    countB: number,
    normsB: number,
    bytes: number,
    rowStates: number,
    columnStates: number,
  ): void
  encode(side: number, count: number, bytes: number, basis: number, columns: boolean): void
  nearestScreened(a: number, countA: number, b: number, countB: number, bytes: number, squaredRatio: number): void
  nearestListed(
    kind: number,
    a: number,
    countA: number,
    normsA: number,
    outA: number,
    b: number,
    countB: number,
    normsB: number,
    outB: number,
    bytes: number,
    starts: number,
    items: number,
  ): void
  reduceRows(states: number, count: number, out: number): void
  unpackColumns(states: number, count: number, out: number): void
}

const matchModule = new KernelModule<MatchKernel>(wasm)

let kept: Promise<MatchKernel> | undefined

/** This thread's instance. */
export function matchKernel(): Promise<MatchKernel> {
  kept ??= matchModule.instantiate()
  return kept
}
