import { expect, test } from 'vitest'
import { syntheticReconstruction } from '../scene/synthetic.js'
import { writePly } from './ply.js'

interface Vertex {
  readonly xyz: number[]
  readonly rgb: number[]
}

/** A reader of just such files, by the format's own header. */
function readPly(bytes: Uint8Array): Vertex[] {
  const text = new TextDecoder('latin1').decode(bytes)
  const start = text.indexOf('end_header\n') + 'end_header\n'.length
  const header = text.slice(0, start).split('\n')
  expect(header.slice(0, 2)).toEqual(['ply', 'format binary_little_endian 1.0'])
  const properties = header.filter((line) => line.startsWith('property')).map((line) => line.split(' ')[2])
  expect(properties).toEqual(['x', 'y', 'z', 'red', 'green', 'blue'])
  const count = Number(header.find((line) => line.startsWith('element vertex'))?.split(' ')[2])
  expect(bytes.length - start).toBe(15 * count)
  const view = new DataView(bytes.buffer, bytes.byteOffset + start)
  return Array.from({ length: count }, (_, i) => ({
    xyz: [0, 4, 8].map((at) => view.getFloat32(15 * i + at, true)),
    rgb: [12, 13, 14].map((at) => view.getUint8(15 * i + at)),
  }))
}

test('points and colours are read back, by ascending id', () => {
  const model = syntheticReconstruction({ points: 30 })
  const shuffled = { ...model, points: new Map([...model.points].reverse()) }
  const vertices = readPly(writePly(shuffled))
  expect(vertices).toEqual(
    [...model.points.values()].map(({ xyz, rgb }) => ({ xyz: [...xyz].map(Math.fround), rgb: [...rgb] })),
  )
})

test('a model without points is a PLY without vertices', () => {
  expect(readPly(writePly(syntheticReconstruction({ points: 0 })))).toEqual([])
})

test('a coordinate beyond f32 is refused', () => {
  const model = syntheticReconstruction({ points: 1 })
  model.points.get(1)!.xyz[0] = 1e39
  expect(() => writePly(model)).toThrow('Point 1 has a coordinate of 1e+39')
})
