import { camera, cameraModelInfo, pixelFromPoint, scaleCamera, transformPoint } from '@epipole/geometry'
import { describe, expect, test } from 'vitest'
import { directionDeg, prepareScene } from '../scenes/prepare.js'
import type { Light, Part } from '../scenes/scene.js'
import type { Material } from '../texture/material.js'
import type { Vec } from '../trace/mesh.js'
import { renderRadiance } from './radiance.js'
import { lookAt } from './view.js'

/** Sunlight along y, and nothing else. */
const black: Light = {
  sun: { elevationDeg: 0, azimuthDeg: -90, color: [1, 1, 1], radiusDeg: 0 },
  sky: { zenith: [0, 0, 0], horizon: [0, 0, 0], clouds: 0 },
  bounce: [0, 0, 0],
  hazeDistance: 1e9,
}
const white: Material = { kind: 'leaf', light: [0.5, 0.5, 0.5], dark: [0.5, 0.5, 0.5] }
const plain: Material = {
  kind: 'stone',
  light: [0.5, 0.5, 0.5],
  dark: [0.5, 0.5, 0.5],
  relief: 0,
  tint: 0,
  lichen: 0,
}

describe('a marker of known place shows where the camera model projects it, to 0.01 pixel', () => {
  const lenses = [
    camera('SIMPLE_RADIAL', 240, 160, [190, 122.3, 78.9, -0.08]),
    camera('RADIAL', 240, 160, [190, 118, 81, -0.1, 0.03]),
    camera('OPENCV', 240, 160, [200, 190, 121, 80, -0.05, 0.01, 0.002, -0.001]),
    camera('OPENCV_FISHEYE', 240, 160, [150, 150, 120, 80, 0.01, -0.003, 0, 0]),
  ]
  const markers: Vec[] = [
    [0, 0, 1],
    [1.5, 0.4, 1.9],
    [-1.7, -0.3, 0.2],
    [1.9, 0.8, 0.1],
    [-1.4, 1, 2.1],
  ]
  const eye: Vec = [0.4, -4.5, 1.4]
  const pose = lookAt(eye, [0, 0, 1.1])
  test.each(lenses.map((lens) => [lens.model, lens] as const))('%s', (_, lens) => {
    for (const marker of markers) {
      // A small square that faces the camera; over so few pixels its centroid is its middle's image.
      const square: Part = {
        shape: { kind: 'rectangle', corner: [-0.02, 0, -0.02], u: [0.04, 0, 0], v: [0, 0, 0.04] },
        material: white,
        at: marker,
      }
      const scene = prepareScene({ name: 'marker', seed: 1, parts: [square], light: black })
      const truth = pixelFromPoint(lens, transformPoint(pose, marker))
      expect(truth.ok && truth.inside).toBe(true)
      if (!truth.ok) continue
      // A window around it of the photo eight times as large: the same lens, its principal point moved by whole pixels.
      const zoom = 8
      const size = 24
      const large = scaleCamera(lens, lens.width * zoom, lens.height * zoom)
      const left = Math.floor(truth.x * zoom) - size / 2
      const top = Math.floor(truth.y * zoom) - size / 2
      const at = cameraModelInfo(lens.model).principalPointParams
      const params = large.params.map((p, i) => (i === at[0] ? p - left : i === at[1] ? p - top : p))
      const radiance = renderRadiance(scene, camera(lens.model, size, size, params), pose, { samples: 25 })
      let sum = 0
      let x = 0
      let y = 0
      for (let i = 0; i < size * size; i++) {
        sum += radiance[i * 3]
        x += radiance[i * 3] * ((i % size) + 0.5 + left)
        y += radiance[i * 3] * (Math.floor(i / size) + 0.5 + top)
      }
      expect(sum).toBeGreaterThan(0.1)
      expect(Math.abs(x / sum - truth.x * zoom)).toBeLessThan(0.08)
      expect(Math.abs(y / sum - truth.y * zoom)).toBeLessThan(0.08)
    }
  })
})

describe('light', () => {
  const lens = camera('PINHOLE', 32, 32, [60, 60, 16, 16])
  const floor: Part = {
    shape: { kind: 'rectangle', corner: [-50, -50, 0], u: [100, 0, 0], v: [0, 100, 0] },
    material: plain,
  }
  const sunny: Light = {
    sun: { elevationDeg: 30, azimuthDeg: 0, color: [1, 1, 1], radiusDeg: 0 },
    sky: { zenith: [0, 0, 0], horizon: [0, 0, 0], clouds: 0 },
    bounce: [0, 0, 0],
    hazeDistance: 1e9,
  }
  const down = lookAt([0, -0.001, 5], [0, 0, 0])

  test('follows Lambert’s law: albedo × cosine', () => {
    const radiance = renderRadiance(prepareScene({ name: 'floor', seed: 1, parts: [floor], light: sunny }), lens, down)
    for (const value of radiance) expect(value).toBeCloseTo(0.5 * 0.5, 6)
  })

  test('does not reach into a shadow, and reaches beside it', () => {
    // A small roof 1 m above the floor throws its shadow away from the sun, √3 m to −x.
    const roof: Part = {
      shape: { kind: 'rectangle', corner: [9.5, -0.5, 1], u: [1, 0, 0], v: [0, 1, 0] },
      material: plain,
    }
    const scene = prepareScene({ name: 'roof', seed: 1, parts: [floor, roof], light: sunny })
    const at = (x: number, y: number) =>
      renderRadiance(scene, camera('PINHOLE', 1, 1, [100, 100, 0.5, 0.5]), lookAt([x, y - 0.001, 0.9], [x, y, 0]))[0]
    const shift = Math.sqrt(3)
    expect(at(10 - shift, 0)).toBe(0)
    expect(at(10 - shift - 0.45, 0.45)).toBe(0)
    expect(at(10 - shift - 0.55, 0)).toBeCloseTo(0.25, 6)
    expect(at(10 - shift, 0.55)).toBeCloseTo(0.25, 6)
  })

  test('from all around fills an open floor with the mean of the sky, and a corner with less', () => {
    const light: Light = {
      sky: { zenith: [1, 1, 1], horizon: [1, 1, 1], clouds: 0 },
      bounce: [0, 0, 0],
      hazeDistance: 1e9,
    }
    const open = renderRadiance(prepareScene({ name: 'open', seed: 1, parts: [floor], light }), lens, down, {
      samples: 4,
      indirect: true,
    })
    for (const value of open) expect(value).toBeCloseTo(0.5, 5)
    // A wall without end at x = 0.01: a floor point beside it loses half of the sky, and gets back no bounce (none is lit).
    const wall: Part = {
      shape: { kind: 'rectangle', corner: [0.4, -50, 0], u: [0, 100, 0], v: [0, 0, 1000] },
      material: plain,
    }
    const beside = renderRadiance(prepareScene({ name: 'wall', seed: 1, parts: [floor, wall], light }), lens, down, {
      samples: 16,
      indirect: true,
    })
    const mean = beside.reduce((a, b) => a + b, 0) / beside.length
    expect(mean).toBeGreaterThan(0.5 * 0.45)
    expect(mean).toBeLessThan(0.5 * 0.75)
  })

  test('comes from where azimuth and elevation say', () => {
    const [x, y, z] = directionDeg(90, 45)
    expect(x).toBeCloseTo(0, 12)
    expect(y).toBeCloseTo(Math.SQRT1_2, 12)
    expect(z).toBeCloseTo(Math.SQRT1_2, 12)
  })
})

test('a camera whose distortion folds inside the photo is refused', () => {
  const scene = prepareScene({ name: 'empty', seed: 1, parts: [], light: black })
  const folded = camera('SIMPLE_RADIAL', 400, 400, [100, 200, 200, -0.4])
  expect(() => renderRadiance(scene, folded, lookAt([0, -1, 0], [0, 0, 0]))).toThrow(/without a ray/)
})
