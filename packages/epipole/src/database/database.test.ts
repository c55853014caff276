import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inflateSync } from 'node:zlib'
import { EpipoleError } from '@epipole/core'
import { camera, rotationFromQuaternion } from '@epipole/geometry'
import fc from 'fast-check'
import sqlite from 'node-sqlite3-wasm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readColmapDatabase } from './read-database.js'
import { type ColmapDatabase, PAIR_CONFIGS } from './types.js'
import { writeColmapDatabase } from './write-database.js'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'epipole-test-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const at = (name: string) => join(folder, name)

const small: ColmapDatabase = {
  cameras: [
    { id: 1, camera: camera('SIMPLE_RADIAL', 640, 480, [600, 320, 240, 0.01]), priorFocalLength: true },
    { id: 7, camera: camera('PINHOLE', 64, 48, [60, 61, 32, 24]), priorFocalLength: false },
  ],
  images: [
    {
      id: 2,
      name: 'a ü.jpg',
      cameraId: 7,
      features: {
        count: 2,
        columns: 6,
        keypoints: Float32Array.of(1, 2, 1, 0, 0, 1, 3, 4, 0, -2, 2, 0),
        descriptors: { dimension: 4, data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 255) },
      },
    },
    { id: 3, name: 'b.jpg', cameraId: 1, features: { count: 1, columns: 2, keypoints: Float32Array.of(5, 6) } },
    { id: 2147483646, name: 'c/d.jpg', cameraId: 1 },
  ],
  pairs: [
    {
      image1: 2,
      image2: 3,
      matches: Uint32Array.of(1, 0),
      geometry: {
        config: 'calibrated',
        inliers: Uint32Array.of(1, 0),
        F: Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9),
        E: Float64Array.of(9, 8, 7, 6, 5, 4, 3, 2, 1),
        cam2FromCam1: { R: Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1), t: Float64Array.of(1, 0, 0.5) },
      },
    },
    { image1: 2, image2: 2147483646, geometry: { config: 'degenerate', inliers: new Uint32Array(0) } },
    { image1: 3, image2: 2147483646, matches: new Uint32Array(0) },
  ],
}

/** Any consistent content with keypoints of two or six columns. */
const anyDatabase: fc.Arbitrary<ColmapDatabase> = fc
  .record({
    names: fc.uniqueArray(
      fc.string({ unit: 'grapheme', minLength: 1 }).filter((s) => !s.includes('\0')),
      { maxLength: 4 },
    ),
    counts: fc.array(fc.nat({ max: 6 }), { minLength: 4, maxLength: 4 }),
    columns: fc.constantFrom(2 as const, 6 as const),
    coordinate: fc.float({ noNaN: true, noDefaultInfinity: true }),
    byte: fc.nat({ max: 255 }),
    config: fc.constantFrom(...PAIR_CONFIGS),
    matrix: fc.array(fc.double({ noNaN: true, noDefaultInfinity: true, min: 1e-3 }), { minLength: 9, maxLength: 9 }),
    quaternion: fc.tuple(fc.double({ min: 0.1, max: 1, noNaN: true }), fc.double({ min: -1, max: 1, noNaN: true })),
  })
  .map(({ names, counts, columns, coordinate, byte, config, matrix, quaternion }) => ({
    cameras: [{ id: 3, camera: camera('PINHOLE', 640, 480, [600, 600, 320, 240]), priorFocalLength: true }],
    images: names.map((name, i) => ({
      id: i + 1,
      name,
      cameraId: 3,
      features: {
        count: counts[i],
        columns,
        keypoints: new Float32Array(counts[i] * columns).fill(coordinate),
        descriptors: { dimension: 128, data: new Uint8Array(128 * counts[i]).fill(byte) },
      },
    })),
    pairs: names.slice(1).map((_, i) => {
      const inliers =
        counts[0] > 0 && counts[i + 1] > 0 ? Uint32Array.of(counts[0] - 1, counts[i + 1] - 1) : new Uint32Array(0)
      const [w, x] = quaternion
      const cam2FromCam1 = { R: rotationFromQuaternion([w, x, 0, 0]), t: Float64Array.from(matrix.slice(0, 3)) }
      return {
        image1: 1,
        image2: i + 2,
        matches: inliers,
        geometry: { config, inliers, H: Float64Array.from(matrix), cam2FromCam1 },
      }
    }),
  }))

function refusal(action: () => unknown): EpipoleError {
  try {
    action()
  } catch (error) {
    expect(error).toBeInstanceOf(EpipoleError)
    return error as EpipoleError
  }
  throw new Error('it was not refused')
}

test('what is written is read back', () => {
  writeColmapDatabase(at('small.db'), small)
  expect(readColmapDatabase(at('small.db'))).toEqual(small)
})

test('any content is read back', () => {
  fc.assert(
    fc.property(anyDatabase, (content) => {
      writeColmapDatabase(at('any.db'), content)
      const read = readColmapDatabase(at('any.db'))
      expect({ ...read, pairs: [] }).toEqual({ ...content, pairs: [] })
      read.pairs.forEach((pair, i) => {
        const { cam2FromCam1, ...rest } = pair.geometry!
        const { cam2FromCam1: expected, ...expectedRest } = content.pairs[i].geometry!
        expect({ ...pair, geometry: rest }).toEqual({ ...content.pairs[i], geometry: expectedRest })
        // The rotation goes through a quaternion.
        cam2FromCam1!.R.forEach((v, k) => {
          expect(v).toBeCloseTo(expected!.R[k], 14)
        })
        expect(cam2FromCam1!.t).toEqual(expected!.t)
      })
    }),
    { numRuns: 15 },
  )
})

test('equal content gives equal bytes, whatever its order and whatever was there', () => {
  writeColmapDatabase(at('one.db'), small)
  writeFileSync(at('two.db'), 'something else')
  const reversed = {
    cameras: [...small.cameras].reverse(),
    images: [...small.images].reverse(),
    pairs: [...small.pairs].reverse(),
  }
  writeColmapDatabase(at('two.db'), reversed)
  expect(readFileSync(at('two.db'))).toEqual(readFileSync(at('one.db')))
})

test('keypoints with scale and orientation become affine, as COLMAP’s FeatureKeypoint(x, y, scale, orientation)', () => {
  const keypoints = Float32Array.of(10, 20, 2, Math.PI / 2)
  const images = [{ id: 1, name: 'a', cameraId: 1, features: { count: 1, columns: 4 as const, keypoints } }]
  writeColmapDatabase(at('affine.db'), { cameras: small.cameras, images, pairs: [] })
  const { features } = readColmapDatabase(at('affine.db')).images[0]
  expect(features?.columns).toBe(6)
  // a11, a12, a21, a22 = s cos, −s sin, s sin, s cos.
  const expected = [10, 20, 0, -2, 2, 0]
  features?.keypoints.forEach((v, i) => {
    expect(v).toBeCloseTo(expected[i], 6)
  })
})

test('descriptors may be left out', () => {
  writeColmapDatabase(at('lean.db'), small)
  expect(readColmapDatabase(at('lean.db'), { descriptors: false }).images[0].features).not.toHaveProperty('descriptors')
})

/*
 * Made by COLMAP 3.8 from two text files of 24 features each and blank 640 × 480 images:
 *   colmap feature_importer --database_path d.db --image_path d --import_path d --ImageReader.camera_model PINHOLE \
 *     --ImageReader.single_camera 1 --ImageReader.camera_params 500,500,320,240
 *   colmap exhaustive_matcher --database_path d.db --SiftMatching.use_gpu 0 --SiftMatching.max_ratio 1 \
 *     --SiftMatching.max_distance 2 --SiftMatching.min_num_inliers 5
 *   python3 -c "import base64, zlib; print(base64.b64encode(zlib.compress(open('d.db', 'rb').read(), 9)).decode())"
 */
const COLMAP_MADE =
  'eNrtnQ1QFOcZx3fvhOPggCjEk5jKJsakB0o0MMFGwy73uAhyHvIZGK0357HCIdwdd6dI2hg+jCR+xCRSQzrWsa2OWtNogtipGpbUTFRMxLZObKxfjJGxmWmmjppEsGn33VuQY2krk04bw/Pj/rvPPrvvPrvP/ueOl7kZ8nMtTr/ALHV7q+x+Jpm6j9JoKI5hKIrSSjJQd9BJGjNom6aoqD9R/x4tleSgIyO/ovS6eCoqL4qKOBN5ImJd+HJ9SdirUgpBEARBvo00uPU6Y3Iy/UKI376kUvDXuG0rnEKNrUxwVwl+r1PwDZMKhzw+vYBnCtLNFp4Z5gCGYb7vsTu9Nmcpw2RZC/i5fB7DLMjLmp+eV8Jk8yUMY80pYKyFFstU6VjG664hYwYdG0TQsQ535V0fW2r32+Ws2ZJjVka7ljrL7m50Rn92YDSvymSqMtUrBEdwxj84Y6rnw3TGiRPpBrvccem3Eke54FNW+qDOKslvZTdNDXE6nXHyZLqxVr6PUsHn8Do9frfXNygMC7qfQTvIPTmr7GXCiG9qRHc1otsKPLGMnDw+a66VXMLAFZqYPD6Dz+OtwOczctI3aF+OlZnDW3jpNiE9H9Ln8KaGmFCdMT6eblwu92aZUOtxO11+30CgC+rLQPq73ZV5IaHGh+Jop9NVKqyUFzaXvUoIjAxVOlJozcot5KUrnMMXM3cOIqdTSpBNU2O1VmeMi6ObnpY7HNgVWI4J6m0gF9zY4TubXliQk2WVBs/nrQVDuiFfQoACvriA+Q/0j1XuJtB96RRee/CDvYtTyGM9Xqfba6uukULp3oJyK4fJ1Q6Te1ad8w8z1j/MWP/AWMix5hfkpUvXz/R30ya9QzmWMZDJQ/adFqc9zUxn7K7SgcOY2cwTM1JSU2YmP5mSagqy00BjgvwUyPoG7TUljgk1snE0JbvCV10pzets9uV+d8AlgQdtmxFYh0ifbWHkA26BJtSYmEiXyDZRBvmE6uWCyzF0UxtknCE7ZdtNlbZMjYm0/Aa+Zpp8TuVClZUm6BxKkrhv0OO/w4h9WOUuFSqHWmXEdqpxlvrLv/FZygVnWbn/m57FY/faq3xDjhj46AwYcKnbYa+0VQquMvmyR1LDFEkm8tF/pKQXgiAIgiAIgiAIgiD3Dom0jtJrNBa9po6+JGe457mgNeVX1i6OzP810Vep6BvSAkEQBEEQBEEQBEGQe5pwjTaODnz3QxNOayfqle9eBOb/p6noz6QFgiAIgiAIgiAIgiD3DLGaCCper2wseYI5cjjJ4yqLpQdnZyjZcHn+f4WKvi4tEARBEARBEARBEAS5d4nUxtMDfwfQGLTxepz/IwiCIAiCIAiCIMgomv/L3/+PqKAi26QFgiAIgiAIgiD/JVZnakIpmn7JMCF00sedECuGAZcbzm6veIZIJPHl0xmwZZMPtkY8zh78ySIikcTJM3bDz7c9B6yuiE2yLSISSdyRfhW6kn4GE9euYjOFIiKRxNDTCR/6PjZ7ejaxUxfPIxJJ/ICrHELONcHfVu1ifXEziUQSZ0Mz5JkfhfhfHGZr6+OJRBLvzF0Ce3f8EFq6u1jYQhGJJF7t2gEdnUnw1slu9pbxN2mS2klMw0l4ufNHkHD7Gls625wmqZ3Ev71+HL5wTQepC5ykOqUjXPPvfweWzkJoPBjCvfRWUbukNBJfTHkN5lY1gfVrPXfr6MV2SWkkTp60CXoz82HyNgP3OpUkSmJJfCVhPzw8mYGW2kjuSbNblMSS2HDhJCz7NBaOOQ3c2oo3REksiVONBZD98HPQW6jnDv3lkCiJJXHv8VWwsbwFpiaM4czbL4iSWBJ3VmyG63yneVLrLfbseqpDEkfihce7wXE5BM6928PuXTK2QxJH4vMpu2Dfro/Ml2q72L6ND3VI4ki8oedX0OSJg523W9mjp6Z3SOJI/M6eSjj44mb4Ylkz+3Z3WockjsQbE22Q25sDu/vs7JW67A5JHIlXZ9L9VsqdeQCenT9FZSWmayG0LW9RWaku4tcQH9OsshLYr8K5dW+qrPTXccdgQrkOhlpp/UYPvF27XWUlX+0q+HR/kcpKKxvKofX8OpWVTBv2wC/bilVWSuo5A5+/ukFlpZhTh8EfZlVZafPmdviAqlFZaeO6rRBDb1NZac2P18N7p+pVVnp+xZtw4zFeZaWkGx/BU+LjKivdjBJg6aItKitlOiqh1bFfZaXUr9dC3zPjYaiVSg91wawfxKms1P2PV+DM7LEw1Eox7G44sitdZaVHvW44ZW5VWWnKIRcstrygshL5RxB0dB/poSGwQhAEQRAEQRAEQRDku0UEHfj/fzMo6YUgCIIgCIIgCIIgSD/1mS/W1dXJ379oNEzQ9KdpRRpFWkVjFIUoClWkUxSmSK8oXFGEIoOiSEVRiqIV3adorKJximIUxSq6X9F4RUZF8vw/ykhFGfHRIgiCIAiCIAiCjEIal8iz3Gh5lkvXP0h+LLPv/emuZvfFYrPn2pq0Aw2mqNKeP6Qdv9p4qXe8IMYYHpn690s722ves+w633Uk7diJIq+zuJEt3/M9fnGcXnyNrhp34GiTeOJ9bdO2+pvspB2PbX3ns5VsZN+Grn1r3mfn2S4+eDbloNh2IhWOf/6GaI7tm5Wxuo09aTrbWJLVw15bdln8aU+T+O78m+dvXrgiZoz39Hy1cC97y/jB6bRimpvyZ90n3V9eFhNaYidW713APUBPq/ik9SJb151YXdHcx94umvUUn13R8WF3woS5rQvYVHZb0Sud97OaYy/fLOz4kh3y/Orudi3P/7U3KOmFIMgooEVP/nyp2WeYQNVN+xfH/L/yWB7LY3ksj+WxPJbH8v+bPJbH8qOzPM7/EWS0zf81OP/H8lgey2N5LI/lsTzO/7E8lh+F5f8J0yFLXA=='

test('a database that COLMAP made, in write-ahead mode, is read and left alone', () => {
  const bytes = inflateSync(Buffer.from(COLMAP_MADE, 'base64'))
  expect([bytes[18], bytes[19]]).toEqual([2, 2])
  writeFileSync(at('colmap.db'), bytes)
  const before = readdirSync(folder)
  const { cameras, images, pairs } = readColmapDatabase(at('colmap.db'))
  expect(readdirSync(folder)).toEqual(before)
  expect(readFileSync(at('colmap.db'))).toEqual(bytes)
  expect(cameras).toEqual([
    { id: 1, camera: camera('PINHOLE', 640, 480, [500, 500, 320, 240]), priorFocalLength: true },
  ])
  expect(images.map((i) => [i.id, i.name, i.cameraId, i.features?.count, i.features?.columns])).toEqual([
    [1, 'b1 ü.png', 1, 24, 6],
    [2, 'b2 ü.png', 1, 24, 6],
  ])
  expect(images[0].features?.descriptors).toMatchObject({ dimension: 128 })
  expect(images[0].features?.descriptors?.data.indexOf(45)).toBe(0)
  const [{ matches, geometry }] = pairs
  expect(matches).toEqual(Uint32Array.from({ length: 48 }, (_, i) => i >> 1))
  expect(geometry).toMatchObject({ config: 'calibrated' })
  // F is row-major: x2ᵀ F x1 is small against what Fᵀ gives.
  const residual = (transposed: boolean) => {
    const [k1, k2, F] = [images[0].features!.keypoints, images[1].features!.keypoints, geometry!.F!]
    let sum = 0
    for (let m = 0; m < 24; m++) {
      const [x1, x2] = [
        [k1[6 * m], k1[6 * m + 1], 1],
        [k2[6 * m], k2[6 * m + 1], 1],
      ]
      let value = 0
      for (let r = 0; r < 3; r++)
        for (let c = 0; c < 3; c++) value += x2[r] * F[transposed ? 3 * c + r : 3 * r + c] * x1[c]
      sum += Math.abs(value)
    }
    return sum
  }
  expect(residual(false)).toBeLessThan(0.1 * residual(true))
})

test('content that contradicts itself is not written', () => {
  const [a] = small.images
  const cases: [Partial<ColmapDatabase>, string][] = [
    [{ cameras: [small.cameras[0], small.cameras[0]] }, 'camera 1 is there twice'],
    [{ images: [a, { ...a, id: 3 }], pairs: [] }, 'two images are named a ü.jpg'],
    [{ images: [a, { ...a, name: 'x' }], pairs: [] }, 'image 2 is there twice'],
    [{ images: [{ ...a, cameraId: 5 }], pairs: [] }, 'image 2 refers to camera 5'],
    [{ images: [{ ...a, id: 2147483647 }], pairs: [] }, 'image id 2147483647 is not between'],
    [{ images: [{ ...a, features: { ...a.features!, count: 3 } }], pairs: [] }, '12 keypoint values for 3 × 6'],
    [{ images: [a], pairs: small.pairs }, 'pair 2–3 refers to an image that is missing'],
    [{ pairs: [{ image1: 3, image2: 2 }] }, 'pair 3–2 is not in ascending order'],
    [{ pairs: [small.pairs[0], small.pairs[0]] }, 'pair 2–3 is there twice'],
    [{ pairs: [{ image1: 2, image2: 3, matches: Uint32Array.of(0, 1) }] }, 'a match at keypoint 1 of 1'],
    [{ pairs: [{ image1: 2, image2: 3, matches: Uint32Array.of(0) }] }, 'an odd number of match indices'],
  ]
  for (const [change, text] of cases) {
    const error = refusal(() => writeColmapDatabase(at('never.db'), { ...small, ...change }))
    expect(error.code).toBe('usage')
    expect(error.message).toContain(text)
  }
  expect(existsSync(at('never.db'))).toBe(false)
})

test('malformed rows are refused, naming table and row', () => {
  const cases: [string, string][] = [
    [
      'UPDATE keypoints SET rows = 1000000000 WHERE image_id = 2',
      'table keypoints, image_id 2: 1000000000 × 6 elements',
    ],
    ['UPDATE keypoints SET cols = 12, rows = 1 WHERE image_id = 2', 'keypoints of 12 columns'],
    ["UPDATE keypoints SET data = x'0000c07f0000c07f' WHERE image_id = 3", 'image 3 has a keypoint that is not finite'],
    ["UPDATE keypoints SET data = 'text' WHERE image_id = 3", 'data should be a blob, not "text"'],
    ['UPDATE keypoints SET data = NULL WHERE image_id = 3', 'but there are 0 bytes'],
    ['UPDATE descriptors SET rows = 1, cols = 8', 'table descriptors, image_id 2: 1 descriptors for 2 keypoints'],
    [
      'UPDATE cameras SET model = 99 WHERE camera_id = 1',
      'table cameras, camera_id 1: There is no camera model number 99',
    ],
    ["UPDATE cameras SET params = x'00' WHERE camera_id = 1", 'params are 1 bytes, not whole doubles'],
    ["UPDATE cameras SET params = x'0000000000000000' WHERE camera_id = 1", 'has 4 parameters'],
    ['UPDATE cameras SET width = 0 WHERE camera_id = 1', 'width should be a whole number from 1'],
    ["UPDATE cameras SET width = 'wide' WHERE camera_id = 1", 'width should be a whole number'],
    ['UPDATE images SET camera_id = 5 WHERE image_id = 2', 'image 2 refers to camera 5, which is missing'],
    ["UPDATE images SET name = x'00' WHERE image_id = 2", 'name should be text'],
    ["UPDATE matches SET data = x'0900000000000000' WHERE rows = 1", 'pair 2–3 has a match at keypoint 9 of 2'],
    ['UPDATE matches SET pair_id = -1 WHERE rows = 1', 'pair 0–-1 is not in ascending order'],
    ['UPDATE two_view_geometries SET config = 9 WHERE rows = 1', 'config should be a whole number from 0 to 8'],
    ["UPDATE two_view_geometries SET F = x'00' WHERE rows = 1", 'F is 1 bytes, not 72'],
    [
      `UPDATE two_view_geometries SET qvec = x'${'000000000000f07f'.repeat(4)}' WHERE rows = 1`,
      'qvec has a number that is not finite',
    ],
    ['DROP TABLE matches', 'it has no table matches'],
  ]
  for (const [sql, text] of cases) {
    writeColmapDatabase(at('bad.db'), small)
    const database = new sqlite.Database(at('bad.db'))
    database.exec(`PRAGMA foreign_keys = OFF; ${sql}`)
    database.close()
    const error = refusal(() => readColmapDatabase(at('bad.db')))
    expect(error.message).toContain(at('bad.db'))
    expect(error.message).toContain(text)
    expect(error.code).toBe('input')
  }
})

test('a cut off or changed file is read or refused, never worse', () => {
  writeColmapDatabase(at('whole.db'), small)
  const whole = readFileSync(at('whole.db'))
  for (let length = 0; length < whole.length; length += 2048) {
    writeFileSync(at('cut.db'), whole.subarray(0, length))
    expect(refusal(() => readColmapDatabase(at('cut.db'))).code).toBe('input')
  }
  const change = fc.tuple(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 }))
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 20 }), (changes) => {
      const bytes = Buffer.from(whole)
      for (const [place, value] of changes) bytes[place] = value
      writeFileSync(at('changed.db'), bytes)
      try {
        readColmapDatabase(at('changed.db'))
      } catch (error) {
        expect(error).toBeInstanceOf(EpipoleError)
      }
    }),
    { numRuns: 60 },
  )
})

test('files that are no database, or not there', () => {
  writeFileSync(at('text.db'), 'not a database, but long enough for a header of one hundred bytes'.repeat(3))
  expect(refusal(() => readColmapDatabase(at('text.db'))).message).toContain('is not an SQLite database')
  expect(refusal(() => readColmapDatabase(at('nowhere.db')))).toMatchObject({ code: 'io' })
})

test('where it cannot be written, the error names the path and nothing is left behind', () => {
  writeFileSync(at('file'), '')
  const error = refusal(() => writeColmapDatabase(at('file/x.db'), small))
  expect(error.code).toBe('io')
  expect(error.message).toContain(at('file/x.db'))
  mkdirSync(at('taken.db/inside'), { recursive: true })
  expect(refusal(() => writeColmapDatabase(at('taken.db'), small)).code).toBe('io')
  expect(readdirSync(folder).filter((name) => name.includes('.tmp'))).toEqual([])
})

test('what killed processes left beside the file is removed, also the lock', () => {
  // Process ids are at most 2²² on Linux, 99999 on macOS.
  const left = at('.locked.db.999999999-0123abcd.tmp')
  writeFileSync(left, 'half a database')
  mkdirSync(`${left}.lock`)
  writeColmapDatabase(at('locked.db'), small)
  expect(readColmapDatabase(at('locked.db')).images).toHaveLength(3)
  expect(readdirSync(folder).filter((name) => name.includes('locked'))).toEqual(['locked.db'])
})

test('the file is readable as far as the user’s umask allows', () => {
  writeColmapDatabase(at('open.db'), small)
  writeFileSync(at('plain'), '')
  expect(statSync(at('open.db')).mode).toBe(statSync(at('plain')).mode)
})
