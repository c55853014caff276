import { EpipoleError } from '@epipole/core'
import { type ArrayImages, arrayImages } from './array-images.js'

const SIDE = 32
const PLANES = 3 * SIDE * SIDE

/**
 * Reads CIFAR's binary batches: records of a label (CIFAR-100: coarse and fine label) and 3 × 32 × 32 bytes, planes R, G, B.
 * Classes are numbers up to the largest label, unless their names are given. An `input` error names the file and the offset of what cannot be.
 */
export function readCifar(
  files: readonly { readonly name: string; readonly bytes: Uint8Array }[],
  { labels = 1, classes: names }: { readonly labels?: 1 | 2; readonly classes?: readonly string[] } = {},
): ArrayImages {
  const classes = labels === 1 ? 10 : 100
  const record = labels + PLANES
  for (const { name, bytes } of files) {
    if (bytes.length === 0 || bytes.length % record !== 0)
      throw new EpipoleError(
        'input',
        `${name}: ${bytes.length} bytes are no whole number of records of ${record} bytes; is it CIFAR-${labels === 1 ? '10' : '100'}?`,
        { file: name },
      )
  }
  const count = files.reduce((n, { bytes }) => n + bytes.length / record, 0)
  const pixels = new Uint8Array(count * PLANES)
  const label = new Int32Array(count)
  let i = 0
  for (const { name, bytes } of files) {
    for (let at = 0; at < bytes.length; at += record, i++) {
      label[i] = bytes[at + labels - 1] as number
      if ((label[i] as number) >= classes)
        throw new EpipoleError('input', `${name}, byte ${at}: class ${label[i]}, but there are ${classes}.`, {
          file: name,
          offset: at,
        })
      pixels.set(bytes.subarray(at + labels, at + record), i * PLANES)
    }
  }
  return arrayImages({ pixels, labels: label, shape: [3, SIDE, SIDE], ...(names && { classes: names }) })
}
