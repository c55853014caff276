import { describe, expect, test } from 'vitest'
import { parseIntrinsicsFile, parseIntrinsicsList } from './parse-intrinsics.js'
import { readIntrinsics } from './read-intrinsics.js'

const K = { fx: 2759.48, fy: 2764.16, cx: 1520.69, cy: 1006.81 }

test('a list in pixels; anything else is a file name', () => {
  expect(parseIntrinsicsList('2759.48, 2764.16,1520.69,1006.81')).toEqual(K)
  for (const name of ['K.txt', '1,2,3', '1,2,3,x', '1,,3,4', '1,2,3,4,5'])
    expect(parseIntrinsicsList(name)).toBeUndefined()
  expect(() => parseIntrinsicsList('-1,2,3,4')).toThrow(/positive/)
})

describe('a matrix', () => {
  test('as any tool prints it', () => {
    for (const text of [
      '2759.48 0 1520.69 \n0 2764.16 1006.81 \n0 0 1',
      '\ufeff# calibration\r\n2.75948e3, 0, 1520.69\r\n0, 2764.16, 1006.81\r\n0, 0, 1\r\n',
      '[[2759.48, 0., 1520.69],\n [0., 2764.16, 1006.81],\n [0., 0., 1.]]',
      '2759.48;0;1520.69;0;2764.16;1006.81;0;0;1',
    ]) {
      expect(parseIntrinsicsFile(text, 'K.txt')).toEqual(K)
    }
  })

  test('that is wrong is refused with what is wrong', () => {
    const bad: [string, RegExp][] = [
      ['', /0 numbers, a 3 × 3 matrix has 9/],
      ['1 0 2 0 1 2', /6 numbers/],
      ['100 0 fifty 0 100 50 0 0 1', /"fifty" is no number/],
      ['100 0 0 0 100 0 50 50 1', /row by row/],
      ['100 7 50 0 100 50 0 0 1', /skew is 7/],
      ['-100 0 50 0 100 50 0 0 1', /positive/],
      ['100 0 50 0 100 50 0 0 NaN', /"NaN" is no number/],
      ['100 0 50 0 100 50 0 0 2', /1 in the corner/],
    ]
    for (const [text, message] of bad) expect(() => parseIntrinsicsFile(text, 'K.txt')).toThrow(message)
    expect(() => parseIntrinsicsFile('x', 'my/K.txt')).toThrow(/my\/K\.txt/)
  })
})

describe("COLMAP's cameras.txt", () => {
  const header = '# Camera list with one line of data per camera:\n#   CAMERA_ID, MODEL, WIDTH, HEIGHT, PARAMS[]\n'
  const size = { width: 3072, height: 2048 }

  test('with a pinhole camera, or one without distortion', () => {
    expect(parseIntrinsicsFile(`${header}1 PINHOLE 3072 2048 2759.48 2764.16 1520.69 1006.81\n`, 'c')).toEqual({
      ...K,
      size,
    })
    expect(parseIntrinsicsFile('1 SIMPLE_RADIAL 3072 2048 2700 1536 1024 0', 'c')).toEqual({
      ...{ fx: 2700, fy: 2700, cx: 1536, cy: 1024 },
      size,
    })
    const twice = '1 SIMPLE_PINHOLE 30 20 27 15 10\n2 SIMPLE_PINHOLE 30 20 27 15 10'
    expect(parseIntrinsicsFile(twice, 'c')).toEqual({ fx: 27, fy: 27, cx: 15, cy: 10, size: { width: 30, height: 20 } })
  })

  test('keeps distortion with its model', () => {
    expect(parseIntrinsicsFile('1 OPENCV 30 20 27 28 15 10 0.1 0 0 0', 'c')).toEqual({
      fx: 27,
      fy: 28,
      cx: 15,
      cy: 10,
      lens: { model: 'OPENCV', params: [27, 28, 15, 10, 0.1, 0, 0, 0] },
      size: { width: 30, height: 20 },
    })
  })

  test('with anything else is refused', () => {
    const bad: [string, RegExp][] = [
      ['1 PINHOLE 30 20 27 27 15', /3 parameters, it takes 4 \(fx, fy, cx, cy\)/],
      ['1 PINHOLE 30 x 27 27 15 10', /width and height/],
      ['1 PINHOLE 30 20 27 27 15 10\n2 PINHOLE 30 20 28 27 15 10', /2 different cameras/],
      ['1 PINHOLE 30 20 27 27 15 10\n2 PINHOLEE 30 20 28 27 15 10', /"PINHOLEE" is no camera model/],
      [
        '1 FISHEYE 30 20 27 27 15 10',
        /"FISHEYE" is no camera model of COLMAP's; they are SIMPLE_PINHOLE, .* THIN_PRISM_FISHEYE/,
      ],
    ]
    for (const [text, message] of bad) expect(() => parseIntrinsicsFile(text, 'c')).toThrow(message)
  })
})

test('a missing file says what may be given', async () => {
  await expect(readIntrinsics('/no/such/K.txt')).rejects.toMatchObject({
    code: 'input',
    message: expect.stringContaining('fx,fy,cx,cy'),
  })
})
