import { randomStream } from '@epipole/core'
import { describe, expect, test } from 'vitest'
import { archScene } from '../scenes/arch-scene.js'
import { limestone } from '../scenes/palette.js'
import { letterDistance } from './letters.js'
import type { Material } from './material.js'
import { shadeMaterial } from './shade.js'
import { createSurface } from './surface.js'

const materials = new Map<string, Material>(
  archScene(1).parts.map(({ material }) => [JSON.stringify(material), material]),
)

describe('every material of the sample', () => {
  test.each([...materials.values()].map((m) => [m.kind, m] as const))('%s is finite, an albedo, and varies', (_, m) => {
    const random = randomStream(5)
    const s = createSurface()
    const seen: number[] = []
    let finite = true
    let lowest = 1
    let highest = 0
    for (let i = 0; i < 2000; i++) {
      for (let k = 0; k < 3; k++) s[k] = random.uniform(-3, 3)
      s[3] = random.uniform(0.001, 0.05)
      const axis = random.int(3)
      s.fill(0, 4, 7)
      s[4 + axis] = random.int(2) ? 1 : -1
      shadeMaterial(m, s, random.int(1 << 30), 11)
      finite = finite && s.every(Number.isFinite)
      lowest = Math.min(lowest, s[7], s[8], s[9])
      highest = Math.max(highest, s[7], s[8], s[9])
      seen.push(s[8])
    }
    expect(finite).toBe(true)
    expect(lowest).toBeGreaterThan(0)
    expect(highest).toBeLessThan(1)
    const mean = seen.reduce((a, b) => a + b, 0) / seen.length
    const deviation = Math.sqrt(seen.reduce((a, b) => a + (b - mean) ** 2, 0) / seen.length)
    expect(deviation / mean).toBeGreaterThan(0.05)
  })
})

test('stone has detail at every scale from decimetres to millimetres, none far above the others', () => {
  const s = createSurface()
  s[5] = -1
  s[3] = 1e-4
  const at = (x: number, z: number): number => {
    s[0] = x
    s[2] = z
    shadeMaterial(limestone, s, 3, 3)
    return s[8]
  }
  // Mean squared difference over a distance, for distances an octave apart: a natural spectrum grows slowly.
  const structure = [0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128].map((distance) => {
    let sum = 0
    for (let i = 0; i < 1500; i++) sum += (at(i * 0.0137, 0.3) - at(i * 0.0137 + distance, 0.3)) ** 2
    return sum / 1500
  })
  for (let i = 1; i < structure.length; i++) {
    const growth = structure[i] / structure[i - 1]
    expect(growth).toBeGreaterThan(0.95)
    expect(growth).toBeLessThan(3.5)
  }
})

test('what differs by the pixel’s size only, differs by fine detail only', () => {
  const s = createSurface()
  s[5] = -1
  let fine = 0
  let coarse = 0
  for (let i = 0; i < 4000; i++) {
    s[0] = i * 0.0231
    s[2] = 1.1
    s[3] = 1e-4
    shadeMaterial(limestone, s, 3, 3)
    fine += s[8]
    s[3] = 0.05
    shadeMaterial(limestone, s, 3, 3)
    coarse += s[8]
  }
  expect(Math.abs(coarse / fine - 1)).toBeLessThan(0.02)
})

describe('letters', () => {
  test('strokes are at distance 0, the middle of O is far from them', () => {
    expect(letterDistance('I', -0.01, 0.5)).toBeCloseTo(0, 12)
    expect(letterDistance('O', 0, 0.5)).toBeCloseTo(0.45, 12)
    expect(letterDistance('O', 0.45, 0.5)).toBeCloseTo(0, 12)
    expect(letterDistance('O', 0, 1)).toBeCloseTo(0, 12)
  })

  test('a text is centred', () => {
    // EPIPOLE: letters 0.55 + 0.55 + 0.02 + 0.55 + 0.9 + 0.5 + 0.55, six gaps of 0.42, so it begins at x = −3.07.
    expect(letterDistance('EPIPOLE', -3.07, 0.2)).toBeCloseTo(0, 12)
    expect(letterDistance('EPIPOLE', -3.17, 0.2)).toBeCloseTo(0.1, 12)
    expect(letterDistance('EPIPOLE', 3.07 - 0.03, 0)).toBeCloseTo(0, 12)
  })
})
