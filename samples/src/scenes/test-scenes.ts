import type { Material } from '../texture/material.js'
import { afternoon, basalt, flagstones, limestone, marble, ochrePlaster, overcast, redBrick } from './palette.js'
import type { Part, Scene } from './scene.js'

/** One upright plane, textured, wide enough to fill every photo of its set. */
export function planeScene(seed: number): Scene {
  return {
    name: 'plane',
    seed,
    parts: [
      {
        shape: { kind: 'rectangle', corner: [-30, 0, -20], u: [60, 0, 0], v: [0, 0, 40] },
        material: { ...limestone, frequency: 2.2, contrast: 1.2, lichen: 0.4 },
      },
    ],
    light: overcast,
  }
}

/** A small square between walls, with things of many depths to all sides. */
export function courtyardScene(seed: number): Scene {
  const parts: Part[] = [
    { shape: { kind: 'rectangle', corner: [-20, -20, 0], u: [40, 0, 0], v: [0, 40, 0] }, material: flagstones },
    { shape: { kind: 'box', min: [-9, 7, 0], max: [1, 8, 5] }, material: limestone },
    { shape: { kind: 'box', min: [1, 9, 0], max: [9, 10, 4] }, material: redBrick },
    { shape: { kind: 'box', min: [-9.5, -8, 0], max: [-8.5, 7, 4.5] }, material: ochrePlaster },
    { shape: { kind: 'box', min: [8.5, -8, 0], max: [9.5, 9, 5] }, material: limestone },
    { shape: { kind: 'box', min: [-9, -9, 0], max: [9, -8, 3.5] }, material: redBrick },
  ]
  for (const [x, y, size, turnDeg] of [
    [-4, 4, 1.2, 20],
    [3, 5, 1.6, 50],
    [5, 2, 0.9, 10],
    [-6, 0, 1.4, 35],
    [0.5, 6, 0.8, 70],
  ] as const) {
    parts.push({
      shape: { kind: 'box', min: [-size / 2, -size / 2, 0], max: [size / 2, size / 2, 0.8 * size], bevel: 0.05 },
      material: x > 0 ? marble : basalt,
      at: [x, y, 0],
      turnDeg,
    })
  }
  return { name: 'courtyard', seed, parts, light: afternoon }
}

/** A pile of stones on a pedestal, to be walked around. */
export function pedestalScene(seed: number): Scene {
  const urn = [
    [0.12, 0],
    [0.2, 0.04],
    [0.34, 0.3],
    [0.38, 0.5],
    [0.3, 0.72],
    [0.16, 0.84],
    [0.2, 0.92],
  ] as const
  return {
    name: 'pedestal',
    seed,
    parts: [
      { shape: { kind: 'rectangle', corner: [-15, -15, 0], u: [30, 0, 0], v: [0, 30, 0] }, material: flagstones },
      { shape: { kind: 'box', min: [-1.4, -1, 0], max: [1.4, 1, 0.35], bevel: 0.03 }, material: limestone },
      {
        shape: { kind: 'box', min: [-0.9, -0.6, 0.35], max: [0.9, 0.6, 1.1], bevel: 0.03 },
        material: redBrick,
      },
      { shape: { kind: 'lathe', profile: urn, segments: 24 }, material: limestone, at: [-0.35, 0.1, 1.1] },
      {
        shape: { kind: 'rock', radius: [0.4, 0.35, 0.4], roughness: 0.25, subdivisions: 3 },
        material: basalt,
        at: [0.5, -0.05, 1.35],
      },
      {
        shape: { kind: 'rock', radius: [0.5, 0.4, 0.3], roughness: 0.3, subdivisions: 3 },
        material: marble,
        at: [1.7, -0.9, 0.15],
      },
      {
        shape: { kind: 'rock', radius: [0.35, 0.5, 0.35], roughness: 0.3, subdivisions: 3 },
        material: basalt,
        at: [-1.6, 1.2, 0.15],
      },
    ],
    light: afternoon,
  }
}

/**
 * A house whose front and back are the same to the last stone, turned by 180°; its gable sides differ but show little. No
 * sun, no sky to tell the sides apart.
 */
export function lookAlikeScene(seed: number): Scene {
  const dull = (tone: number): Material => ({
    kind: 'stone',
    light: [tone, tone, tone * 0.95],
    dark: [tone * 0.8, tone * 0.8, tone * 0.75],
    frequency: 1.5,
    contrast: 0.5,
    relief: 0,
    lichen: 0,
  })
  const facade: { shape: Part['shape']; material: Material }[] = [
    {
      shape: { kind: 'masonry', min: [-4, 0, 0], max: [4, 0.4, 4], course: 0.4, length: 0.7 },
      material: limestone,
    },
    { shape: { kind: 'box', min: [-0.7, -0.15, 0], max: [0.7, 0.1, 2.3], bevel: 0.02 }, material: marble },
    {
      shape: { kind: 'box', min: [-0.5, -0.17, 0], max: [0.5, 0.1, 2.1] },
      material: { kind: 'wood', light: [0.3, 0.2, 0.12], dark: [0.1, 0.06, 0.03], plank: 0.16 },
    },
    { shape: { kind: 'box', min: [-4.1, -0.25, 3.9], max: [4.1, 0.4, 4.15], bevel: 0.03 }, material: marble },
  ]
  for (const [x, z] of [
    [-3, 0.9],
    [-1.6, 2.5],
    [1.3, 2.6],
    [2.7, 1],
  ] as const) {
    facade.push({
      shape: { kind: 'box', min: [x - 0.1, -0.12, z - 0.1], max: [x + 0.9, 0.1, z + 1.2] },
      material: marble,
    })
    facade.push({
      shape: { kind: 'box', min: [x, -0.14, z], max: [x + 0.8, 0.1, z + 1.1] },
      material: { kind: 'stone', light: [0.1, 0.12, 0.15], dark: [0.03, 0.03, 0.04], lichen: 0 },
    })
  }
  const parts: Part[] = [
    {
      shape: { kind: 'rectangle', corner: [-40, -40, 0], u: [80, 0, 0], v: [0, 80, 0] },
      material: dull(0.35),
      seed: 100,
    },
    { shape: { kind: 'box', min: [-3.98, -2.3, 0], max: [-3.6, 2.3, 4] }, material: dull(0.6), seed: 101 },
    { shape: { kind: 'box', min: [3.6, -2.3, 0], max: [3.98, 2.3, 4] }, material: dull(0.5), seed: 102 },
    {
      shape: {
        kind: 'prism',
        polygon: [
          [-2.8, 4],
          [2.8, 4],
          [0, 5.6],
        ],
        y: [-4, 4],
      },
      material: dull(0.25),
      turnDeg: 90,
      seed: 103,
    },
  ]
  facade.forEach((part, i) => {
    parts.push({ ...part, at: [0, -2.5, 0], seed: i })
    parts.push({ ...part, at: [0, 2.5, 0], turnDeg: 180, seed: i })
  })
  return { name: 'look-alike', seed, parts, light: overcast }
}
