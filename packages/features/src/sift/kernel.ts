import { type Kernel, KernelModule } from '../kernels/instantiate.js'
import { wasm } from '../kernels/sift.generated.js'

/** The exports of assembly/sift.ts; addresses, strides and sizes in bytes, the rest in samples. */
export interface SiftKernel extends Kernel {
  gaussianTaps(taps: number, radius: number, sigma: number, half: number, gain: number): void
  widen(source: number, out: number, width: number): void
  blurRow(
    base: number,
    capacity: number,
    stride: number,
    y: number,
    width: number,
    height: number,
    tapsY: number,
    tapsX: number,
    radius: number,
    temporary: number,
    out: number,
    dog: number,
  ): void
  doubleRow(
    base: number,
    capacity: number,
    stride: number,
    y: number,
    width: number,
    height: number,
    taps: number,
    radius: number,
    temporary: number,
    out: number,
  ): void
  halveRow(
    base: number,
    capacity: number,
    stride: number,
    y: number,
    width: number,
    height: number,
    temporary: number,
    spare: number,
    out: number,
  ): void
  setOctave(width: number, height: number, stride: number): void
  setDog(level: number, base: number, capacity: number): void
  detectRow(y: number, peak: number, edge: number, out: number): number
  setSource(
    kind: number,
    address: number,
    stride: number,
    width: number,
    height: number,
    blur: number,
    scratch: number,
  ): void
  describeScratchBytes(): number
  describe(
    x: number,
    y: number,
    sigma: number,
    limit: number,
    upright: boolean,
    root: boolean,
    outAngles: number,
    outDescriptors: number,
  ): number
}

const siftModule = new KernelModule<SiftKernel>(wasm)

/** Memory (bytes) above which an instance is not kept for the next image, since WebAssembly memory never shrinks. */
const KEPT_BYTES = 256 * 2 ** 20

let kept: Promise<SiftKernel> | undefined

/** This thread's instance. */
export function siftKernel(): Promise<SiftKernel> {
  kept ??= siftModule.instantiate()
  return kept
}

/** Lets an instance go that an unusually large image has blown up. */
export function releaseLarge(kernel: SiftKernel): void {
  if (kernel.memory.buffer.byteLength > KEPT_BYTES) kept = undefined
}
