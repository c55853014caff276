import { EpipoleError } from '@epipole/core'

/** The numbers of an IDX file. */
export interface IdxArray {
  readonly shape: readonly number[]
  readonly data: Uint8Array
}

/**
 * Reads an IDX file of unsigned bytes (MNIST and its kin): two zero bytes, the type (8: u8), the number of axes, their sizes
 * (32 bits, big-endian), then the numbers. An `input` error names file and byte offset of what cannot be.
 */
export function readIdx(bytes: Uint8Array, file = 'IDX file'): IdxArray {
  const fail = (problem: string, offset: number): never => {
    throw new EpipoleError('input', `${file}, byte ${offset}: ${problem}.`, { file, offset })
  }
  if (bytes.length < 4) fail(`an IDX header takes 4 bytes, the file has ${bytes.length}`, 0)
  if (bytes[0] !== 0 || bytes[1] !== 0) fail('an IDX file starts with two zero bytes; is it still compressed?', 0)
  if (bytes[2] !== 8) fail(`element type ${bytes[2]} is not unsigned bytes (8)`, 2)
  const axes = bytes[3] as number
  if (axes < 1 || axes > 8) fail(`${axes} axes; 1 to 8 are read`, 3)
  if (bytes.length < 4 + 4 * axes) fail(`${axes} sizes take ${4 * axes} bytes, the file ends`, 4)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const shape = Array.from({ length: axes }, (_, i) => view.getUint32(4 + 4 * i))
  const size = shape.reduce((a, b) => a * b, 1)
  const start = 4 + 4 * axes
  if (size !== bytes.length - start)
    fail(`shape [${shape.join(', ')}] takes ${size} bytes, ${bytes.length - start} follow`, start)
  return { shape, data: bytes.subarray(start) }
}
