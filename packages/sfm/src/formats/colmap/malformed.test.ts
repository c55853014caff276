import { EpipoleError } from '@epipole/core'
import { camera } from '@epipole/geometry'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { syntheticReconstruction } from '../../scene/synthetic.js'
import { readColmapModel } from './read-model.js'
import { COLMAP_FILE_NAMES, type ColmapFiles } from './table.js'
import { writeColmapBinary } from './write-binary.js'
import { writeColmapText } from './write-text.js'

const model = syntheticReconstruction({
  images: 3,
  points: 4,
  cameras: [
    camera('SIMPLE_RADIAL', 640, 480, [600, 320, 240, 0.01]),
    camera('PINHOLE', 640, 480, [600, 601, 320, 240]),
  ],
  name: (i) => `ordner ${i}/Foto ü.jpg`,
})
const binary = writeColmapBinary(model)
const text = writeColmapText(model)
const FILES = ['cameras', 'images', 'points3D'] as const

/** The refusal of a malformed model: always typed, always with a place inside a named file. */
function refusal(files: ColmapFiles, names = {}): EpipoleError {
  try {
    readColmapModel(files, names)
  } catch (error) {
    if (!(error instanceof EpipoleError)) throw error
    expect(error.code).toBe('input')
    const { file, offset, line } = error.details as { file: string; offset?: number; line?: number }
    expect(error.message.startsWith(`${file}, ${offset === undefined ? `line ${line}` : `byte ${offset}`}`)).toBe(true)
    return error
  }
  throw new Error('it was not refused')
}

describe('binary', () => {
  for (const file of FILES) {
    test(`${file}.bin cut off anywhere is refused in that file, at or before the cut`, () => {
      for (let length = 0; length < binary[file].length; length++) {
        const error = refusal({ ...binary, [file]: binary[file].subarray(0, length) }, COLMAP_FILE_NAMES.binary)
        expect(error.details.file).toBe(`${file}.bin`)
        expect(error.details.offset).toBeLessThanOrEqual(length)
      }
    })

    test(`${file}.bin with bytes after its end is refused`, () => {
      const longer = Uint8Array.of(...binary[file], 0)
      expect(refusal({ ...binary, [file]: longer }).message).toContain('should end here')
    })

    test(`${file}.bin with changed bytes is read or refused, never worse`, () => {
      const change = fc.tuple(fc.nat({ max: binary[file].length - 1 }), fc.nat({ max: 255 }))
      fc.assert(
        fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
          const bytes = binary[file].slice()
          for (const [at, value] of changes) bytes[at] = value
          try {
            readColmapModel({ ...binary, [file]: bytes })
          } catch (error) {
            expect(error).toBeInstanceOf(EpipoleError)
            expect((error as EpipoleError).code).toBe('input')
          }
        }),
        { numRuns: 500 },
      )
    })
  }

  const changed = (file: (typeof FILES)[number], change: (view: DataView) => void): ColmapFiles => {
    const bytes = binary[file].slice()
    change(new DataView(bytes.buffer))
    return { ...binary, [file]: bytes }
  }
  /** Where the records of the second camera, image and point begin: 8 + the size of the first. */
  const SECOND_CAMERA = 8 + 24 + 4 * 8
  const FIRST_IMAGE_NAME = 8 + 4 + 7 * 8 + 4

  test('a huge count is refused before memory is asked for', () => {
    for (const file of FILES) {
      const error = refusal(changed(file, (view) => view.setBigUint64(0, 1n << 52n, true)))
      expect(error.details).toMatchObject({ offset: 0, count: 2 ** 52 })
    }
    expect(refusal(changed('cameras', (v) => v.setBigUint64(0, (1n << 64n) - 1n, true))).message).toContain('beyond')
  })

  test('an id used twice', () => {
    const error = refusal(changed('cameras', (view) => view.setUint32(SECOND_CAMERA, 1, true)))
    expect(error.message).toBe(`cameras.bin, byte ${SECOND_CAMERA}: camera id 1 was used before.`)
  })

  test('an unknown camera model', () => {
    const error = refusal(changed('cameras', (view) => view.setInt32(12, 11, true)))
    expect(error.message).toMatch(
      /^cameras\.bin, byte 12: There is no camera model number 11; known are 0 SIMPLE_PINHOLE,/,
    )
    expect(refusal(changed('cameras', (view) => view.setInt32(12, -1, true))).details.offset).toBe(12)
  })

  test('numbers that are not finite', () => {
    expect(refusal(changed('images', (view) => view.setFloat64(12, Number.NaN, true))).details.offset).toBe(12)
    expect(refusal(changed('points3D', (v) => v.setFloat64(16, Number.POSITIVE_INFINITY, true))).details.offset).toBe(
      16,
    )
    expect(refusal(changed('cameras', (v) => v.setFloat64(40, Number.NaN, true))).details.offset).toBe(40)
  })

  test('a focal length that is not positive, a size of zero, a quaternion of zero', () => {
    expect(refusal(changed('cameras', (v) => v.setFloat64(32, -600, true))).message).toContain('positive')
    expect(refusal(changed('cameras', (v) => v.setBigUint64(16, 0n, true))).details.offset).toBe(16)
    const zeroRotation = changed('images', (v) => {
      for (const at of [12, 20, 28, 36]) v.setFloat64(at, 0, true)
    })
    expect(refusal(zeroRotation).message).toContain('not a rotation')
  })

  test('references to nothing, and tracks and images that disagree', () => {
    const noCamera = refusal(changed('images', (v) => v.setUint32(FIRST_IMAGE_NAME - 4, 9, true)))
    expect(noCamera.message).toBe('images.bin, byte 8: image 1 refers to camera 9, which is missing.')
    const track = 8 + 8 + 24 + 3 + 8 + 8
    const noImage = refusal(changed('points3D', (v) => v.setUint32(track, 9, true)))
    expect(noImage.message).toBe('points3D.bin, byte 8: point 1 is seen by image 9, which is missing.')
    const noKeypoint = refusal(changed('points3D', (v) => v.setUint32(track + 4, 99, true)))
    expect(noKeypoint.message).toBe('points3D.bin, byte 8: point 1 is seen at keypoint 99 of image 1, which has 6.')
    const stray = refusal(changed('points3D', (v) => v.setUint32(track + 4, 0, true)))
    expect(stray.message).toBe('points3D.bin, byte 8: point 1 is seen at keypoint 0 of image 1, which names no point.')
    const twice = refusal(
      changed('points3D', (v) => {
        v.setUint32(track + 8, v.getUint32(track, true), true)
        v.setUint32(track + 12, v.getUint32(track + 4, true), true)
      }),
    )
    expect(twice.message).toBe('points3D.bin, byte 8: point 1 holds keypoint 1 of image 1 twice.')
    const noPoint = refusal({ ...binary, points3D: new Uint8Array(8) })
    expect(noPoint.message).toBe('images.bin, byte 8: keypoint 1 of image 1 names point 1, which is missing.')
  })

  test('a name without end, or not UTF-8', () => {
    const open = binary.images.subarray(0, FIRST_IMAGE_NAME + 3)
    const padded = new Uint8Array(binary.images.length).fill(65)
    padded.set(open)
    expect(refusal({ ...binary, images: padded }).message).toContain('no zero byte follows')
    expect(refusal(changed('images', (v) => v.setUint8(FIRST_IMAGE_NAME, 0xff))).message).toContain('UTF-8')
  })
})

describe('text', () => {
  for (const file of FILES) {
    test(`${file}.txt cut off anywhere is refused`, () => {
      for (let length = 0; length < text[file].length; length++) {
        refusal({ ...text, [file]: text[file].subarray(0, length) })
      }
    })

    test(`${file}.txt with changed bytes is read or refused, never worse`, () => {
      const change = fc.tuple(fc.nat({ max: text[file].length - 1 }), fc.nat({ max: 255 }))
      fc.assert(
        fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
          const bytes = text[file].slice()
          for (const [at, value] of changes) bytes[at] = value
          try {
            readColmapModel({ ...text, [file]: bytes }, COLMAP_FILE_NAMES.text)
          } catch (error) {
            expect(error).toBeInstanceOf(EpipoleError)
            expect((error as EpipoleError).code).toBe('input')
          }
        }),
        { numRuns: 500 },
      )
    })
  }

  const withCameras = (lines: string): ColmapFiles => ({ ...text, cameras: new TextEncoder().encode(lines) })
  const message = (lines: string) => refusal(withCameras(lines)).message

  test('each refusal names line and column', () => {
    expect(message('# comment\n\n1 PINHOLE 640 480 600 6x0 320 240\n')).toBe(
      'cameras.txt, line 3, column 23: parameter fy should be a finite number, not "6x0".',
    )
    expect(message('1 PINHOLE 640 480 600\n')).toBe(
      'cameras.txt, line 1, column 22: the line ends where parameter fy should be.',
    )
    expect(message('1 PINHOLE 640 480 600 600 320 240 5\n')).toContain('column 35: a PINHOLE camera has 4 parameters')
    expect(message('1 FISHY 640 480 600\n')).toMatch(
      /^cameras\.txt, line 1, column 3: There is no camera model "FISHY"/,
    )
    expect(message('1 PINHOLE 0 480 600 600 320 240\n')).toContain('column 11: the width should be')
    expect(message('-1 PINHOLE 1 1 1 1 1 1\n')).toContain('column 1: the camera id should be a whole number from 0')
    expect(message('1 PINHOLE 1 1 nan 1 1 1\n')).toContain('parameter fx')
    expect(message('1 PINHOLE 1 1 1e999 1 1 1\n')).toContain('parameter fx')
    expect(message('1 PINHOLE 1 1 0x10 1 1 1\n')).toContain('parameter fx')
    expect(message('1 PINHOLE 1 1 1 1 1 1\n1 PINHOLE 1 1 1 1 1 1\n')).toContain(
      'line 2, column 1: the camera id 1 was used',
    )
  })

  test('a header that announces more than there is tells of a cut between lines', () => {
    expect(message('# Number of cameras: 2\n1 PINHOLE 1 1 1 1 1 1\n')).toContain(
      'announces 2 cameras, but the file ends after 1',
    )
  })

  test('a line that is not UTF-8', () => {
    const images = text.images.slice()
    images[images.indexOf(0xc3)] = 0xff
    expect(refusal({ ...text, images }).message).toContain('not UTF-8')
  })
})

test('a model that contradicts itself is not written', () => {
  const broken = { ...model, points: new Map() }
  for (const write of [writeColmapBinary, writeColmapText]) {
    expect(() => write(broken)).toThrow('keypoint 1 of image 1 names point 1, which is missing')
  }
})

test('a line break in a name is refused in text only', () => {
  const named = syntheticReconstruction({ images: 1, points: 1, name: () => 'a\nb.jpg' })
  expect(() => writeColmapText(named)).toThrow('line break')
  expect(readColmapModel(writeColmapBinary(named)).images.get(1)?.name).toBe('a\nb.jpg')
})
