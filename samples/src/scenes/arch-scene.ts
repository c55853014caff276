import { cos, type RandomStream, randomStream, sin } from '@epipole/core'
import type { Foliage, Shape } from '../shapes/shape.js'
import type { Material, Pottery, Wood } from '../texture/material.js'
import type { Vec } from '../trace/mesh.js'
import { basalt, cypress, flagstones, ivy, limestone, marble, meadow, ochrePlaster, redBrick } from './palette.js'
import type { Part, Scene } from './scene.js'

const oak: Wood = { kind: 'wood', light: [0.5, 0.35, 0.2], dark: [0.2, 0.13, 0.07], plank: 0.14 }

/** Floor of the platform the arch stands on. */
const floor = 0.6

/**
 * The embedded sample: a ruined gate on a stepped platform in a paved court, columns to both sides, walls behind, jars,
 * fallen stones and plants between. About 16 m wide, the arch 7 m high; the front faces −y.
 */
export function archScene(seed: number): Scene {
  const random = randomStream(seed, 'arch')
  return {
    name: 'arch',
    seed,
    parts: [...ground(), ...platform(), ...gate(), ...columns(), ...walls(), ...props(random), ...plants(random)],
    light: {
      sun: { elevationDeg: 36, azimuthDeg: -143, color: [1.62, 1.3, 0.92], radiusDeg: 0.27 },
      sky: { zenith: [0.11, 0.25, 0.58], horizon: [0.54, 0.65, 0.78], clouds: 0.5 },
      bounce: [0.2, 0.16, 0.115],
      hazeDistance: 420,
    },
  }
}

function box(min: Vec, max: Vec, material: Material, bevel = 0.02): Part {
  return { shape: { kind: 'box', min, max, bevel }, material }
}

function ground(): Part[] {
  return [
    {
      shape: { kind: 'terrain', flat: 26, radius: 260, height: 34, unevenness: 0.05 },
      material: { ...flagstones, size: 0.85, radius: 13 },
    },
  ]
}

/** Three steps, each a frame of long stones under the next; paved on top. */
function platform(): Part[] {
  const parts: Part[] = []
  for (let step = 0; step < 3; step++) {
    const x = 4.3 - 0.36 * step
    const y = 2.3 - 0.36 * step
    const z0 = 0.2 * step - (step === 0 ? 0.1 : 0)
    const z1 = 0.2 * (step + 1)
    const stones = { kind: 'masonry', course: 0.3, length: 0.95, bevel: 0.016, unevenness: 0.008 } as const
    const strip = (min: Vec, max: Vec): Part => ({ shape: { ...stones, min, max }, material: limestone })
    parts.push(strip([-x, -y, z0], [x, -y + 0.62, z1]), strip([-x, y - 0.62, z0], [x, y, z1]))
    parts.push(strip([-x, -y + 0.63, z0], [-x + 0.62, y - 0.63, z1]))
    parts.push(strip([x - 0.62, -y + 0.63, z0], [x, y - 0.63, z1]))
  }
  parts.push({
    shape: { kind: 'rectangle', corner: [-3.2, -1.2, floor - 0.012], u: [6.4, 0, 0], v: [0, 2.4, 0] },
    material: { ...flagstones, size: 0.6, radius: 60 },
  })
  return parts
}

function gate(): Part[] {
  const spring = floor + 2.5
  const parts: Part[] = [
    {
      shape: {
        kind: 'arch',
        inner: 1.15,
        outer: 1.62,
        spring,
        y: [-0.55, 0.55],
        voussoirs: 15,
        relief: 0.05,
        halfWidth: 2.35,
        top: 5.2,
        course: 0.42,
        length: 0.72,
      },
      material: limestone,
    },
    {
      shape: { kind: 'box', min: [-2.45, -0.63, 5.2], max: [2.45, 0.63, 5.72], bevel: 0.015 },
      material: { kind: 'inscription', stone: marble, text: 'EPIPOLE', foot: 5.29, letter: 0.33 },
    },
    box([-2.55, -0.73, 5.72], [2.55, 0.73, 5.8], marble),
    box([-2.68, -0.86, 5.8], [2.68, 0.86, 5.93], marble, 0.035),
    {
      shape: {
        kind: 'masonry',
        min: [-2.3, -0.45, 5.93],
        max: [2.3, 0.45, 7.2],
        course: 0.4,
        length: 0.62,
        unevenness: 0.025,
        ruin: [
          [-2.3, 6.3],
          [-1.7, 7.2],
          [-0.9, 6.9],
          [-0.2, 6.2],
          [0.8, 6.35],
          [1.4, 5.9],
          [2.3, 6.25],
        ],
      },
      material: { ...limestone, lichen: 0.45 },
    },
  ]
  for (const side of [-1, 1]) {
    const x = (a: number, b: number): [number, number] => (side < 0 ? [-b, -a] : [a, b])
    const [p0, p1] = x(1.15, 2.35)
    parts.push({
      shape: {
        kind: 'masonry',
        min: [p0, -0.55, floor + 0.28],
        max: [p1, 0.55, spring - 0.14],
        course: 0.4,
        length: 0.62,
      },
      material: limestone,
    })
    const [b0, b1] = x(1.05, 2.45)
    parts.push(box([b0, -0.65, floor - 0.02], [b1, 0.65, floor + 0.28], limestone, 0.03))
    parts.push(box([b0, -0.64, spring - 0.14], [b1, 0.64, spring], marble, 0.025))
    // Flat pillars either side of the opening, with a niche's worth of shade between them and the corner.
    const [f0, f1] = x(2.0, 2.35)
    parts.push(box([f0, -0.64, spring + 0.002], [f1, -0.53, 5.2], marble, 0.012))
  }
  return parts
}

/** Radius and height of a base or a capital of rounded mouldings, scaled to a shaft of radius 0.36. */
const basis: readonly (readonly [number, number])[] = [
  [0.5, 0],
  [0.53, 0.03],
  [0.54, 0.07],
  [0.53, 0.11],
  [0.49, 0.14],
  [0.43, 0.15],
  [0.42, 0.19],
  [0.44, 0.22],
  [0.46, 0.25],
  [0.44, 0.28],
  [0.4, 0.3],
  [0.38, 0.31],
]
const capital: readonly (readonly [number, number])[] = [
  [0.32, 0],
  [0.35, 0.01],
  [0.35, 0.05],
  [0.32, 0.06],
  [0.32, 0.12],
  [0.36, 0.16],
  [0.42, 0.21],
  [0.46, 0.27],
  [0.47, 0.3],
]

function shaft(height: number): Shape {
  const rings = 9
  const profile = Array.from({ length: rings }, (_, i): readonly [number, number] => {
    const s = i / (rings - 1)
    // A little swelling, as columns have.
    return [0.37 - 0.05 * s + 0.03 * s * (1 - s), s * height]
  })
  return {
    kind: 'lathe',
    profile,
    segments: 160,
    flutes: { count: 20, depth: 0.028, from: 0.05 * height, to: 2 * height },
  }
}

function columns(): Part[] {
  const parts: Part[] = []
  const right: Vec = [5.1, -2.1, 0]
  const up = (at: Vec, z: number): Vec => [at[0], at[1], at[2] + z]
  parts.push({ ...box([-0.6, -0.6, -0.1], [0.6, 0.6, 0.22], limestone, 0.03), at: right })
  parts.push({ ...box([-0.52, -0.52, 0.22], [0.52, 0.52, 0.95], marble, 0.02), at: right })
  parts.push({ ...box([-0.6, -0.6, 0.95], [0.6, 0.6, 1.07], marble, 0.03), at: right })
  parts.push({ shape: { kind: 'lathe', profile: basis, segments: 64 }, material: marble, at: up(right, 1.07) })
  parts.push({ shape: shaft(3.3), material: marble, at: up(right, 1.38), turnDeg: 7 })
  parts.push({ shape: { kind: 'lathe', profile: capital, segments: 64 }, material: marble, at: up(right, 4.68) })
  parts.push({ ...box([-0.5, -0.5, 0], [0.5, 0.5, 0.16], marble, 0.02), at: up(right, 4.98) })
  const left: Vec = [-4.75, -2.3, 0]
  parts.push({ ...box([-0.6, -0.6, -0.1], [0.6, 0.6, 0.22], limestone, 0.03), at: left, turnDeg: 4 })
  parts.push({ shape: { kind: 'lathe', profile: basis, segments: 64 }, material: marble, at: up(left, 0.22) })
  parts.push({ shape: shaft(1.75), material: marble, at: up(left, 0.53), turnDeg: 3 })
  parts.push({
    shape: { kind: 'rock', radius: [0.345, 0.345, 0.3], roughness: 0.3 },
    material: marble,
    at: up(left, 2.2),
  })
  // A drum and the capital of the broken one lie in front.
  const drum = { material: marble, turnDeg: 62, tiltDeg: 90 }
  parts.push({ ...drum, shape: shaft(1.25), at: [-2.6, -4.0, 0.34] })
  for (const [radius, height] of [
    [0.352, 0.015],
    [0.305, 1.235],
  ] as const) {
    const end: readonly (readonly [number, number])[] = [
      [0.001, height],
      [radius, height],
    ]
    parts.push({ ...drum, shape: { kind: 'lathe', profile: end, segments: 40 }, at: [-2.6, -4.0, 0.34] })
  }
  parts.push({
    shape: { kind: 'lathe', profile: [[0.001, 0], ...capital, [0.001, 0.3]], segments: 64 },
    material: marble,
    at: [-3.75, -3.6, 0.29],
    turnDeg: 48,
    tiltDeg: 176,
  })
  return parts
}

function walls(): Part[] {
  return [
    {
      shape: {
        kind: 'masonry',
        min: [-1.2, 5.2, -0.1],
        max: [8.6, 5.8, 4.6],
        course: 0.44,
        length: 0.8,
        unevenness: 0.03,
        ruin: [
          [-1.2, 4.4],
          [0.4, 3.7],
          [2.2, 3.9],
          [3.6, 4.6],
          [5.4, 4.3],
          [6.4, 3.2],
          [8.6, 2.4],
        ],
      },
      material: { ...limestone, lichen: 0.4 },
    },
    box([-9, 5.3, -0.1], [-1.2, 5.75, 4.05], ochrePlaster, 0),
    box([-9.1, 5.2, 4.05], [-1.1, 5.85, 4.2], limestone),
    {
      shape: { kind: 'rectangle', corner: [-1.25, 0, -1.25], u: [2.5, 0, 0], v: [0, 0, 2.5] },
      material: {
        kind: 'mosaic',
        colors: [
          [0.66, 0.58, 0.45],
          [0.08, 0.2, 0.38],
          [0.72, 0.44, 0.1],
          [0.42, 0.09, 0.06],
        ],
        radius: 1.2,
        tessera: 0.032,
      },
      at: [-4.4, 5.27, 2.2],
    },
    box([-5.8, 5.2, 0.78], [-3.0, 5.4, 0.95], marble),
    box([-5.8, 5.2, 3.45], [-3.0, 5.4, 3.62], marble),
    box([-5.8, 5.2, 0.95], [-5.65, 5.4, 3.45], marble),
    box([-3.15, 5.2, 0.95], [-3.0, 5.4, 3.45], marble),
    {
      shape: {
        kind: 'masonry',
        min: [7.9, -0.6, -0.1],
        max: [8.5, 5.2, 3],
        course: 0.3,
        length: 0.55,
        ruin: [
          [-0.6, 0.5],
          [0.6, 1.3],
          [2.4, 1.7],
          [5.2, 2.6],
        ],
      },
      material: basalt,
    },
    { ...box([-0.25, -2.6, -0.1], [0.25, 2.6, 1.7], redBrick, 0), at: [-8.6, 2.8, 0] },
    { ...box([-0.32, -2.7, 1.7], [0.32, 2.6, 1.82], limestone), at: [-8.6, 2.8, 0] },
  ]
}

const jar: readonly (readonly [number, number])[] = [
  [0.1, 0],
  [0.13, 0.02],
  [0.2, 0.14],
  [0.28, 0.3],
  [0.33, 0.46],
  [0.335, 0.58],
  [0.3, 0.7],
  [0.22, 0.8],
  [0.14, 0.87],
  [0.115, 0.93],
  [0.12, 0.98],
  [0.17, 1.03],
  [0.185, 1.06],
  [0.17, 1.08],
  [0.12, 1.05],
  [0.1, 0.98],
]

function pot(scale: number, clay: Pottery['clay'], at: Vec, turnDeg: number): Part {
  const profile = jar.map(([r, z]) => [r * scale, z * scale] as const)
  return {
    shape: { kind: 'lathe', profile, segments: 56 },
    material: {
      kind: 'pottery',
      clay,
      paint: [0.05, 0.035, 0.03],
      bands: [
        [0.5 * scale, 0.6 * scale],
        [0.72 * scale, 0.75 * scale],
        [0.24 * scale, 0.27 * scale],
      ],
    },
    at,
    turnDeg,
  }
}

function props(random: RandomStream): Part[] {
  const terracotta = [0.55, 0.24, 0.11] as const
  const parts: Part[] = [
    pot(1, terracotta, [3.75, -3.0, 0], 20),
    pot(0.72, [0.62, 0.4, 0.22], [3.1, -3.45, 0], 100),
    pot(0.55, terracotta, [3.95, -3.8, 0], 200),
    pot(0.62, [0.5, 0.2, 0.1], [-2.9, -1.77, 0.4], 45),
    { ...box([-0.42, -0.32, 0], [0.42, 0.32, 0.55], oak, 0.012), at: [6.6, -0.6, 0], turnDeg: 24 },
    { ...box([-0.3, -0.28, 0.55], [0.32, 0.26, 0.95], oak, 0.012), at: [6.57, -0.57, 0], turnDeg: 41 },
    { ...box([-0.75, -0.25, 0.42], [0.75, 0.25, 0.54], marble, 0.02), at: [-6.4, 3.9, 0], turnDeg: 3 },
    { ...box([-0.6, -0.2, 0], [-0.4, 0.2, 0.42], marble, 0.02), at: [-6.4, 3.9, 0], turnDeg: 3 },
    { ...box([0.4, -0.2, 0], [0.6, 0.2, 0.42], marble, 0.02), at: [-6.4, 3.9, 0], turnDeg: 3 },
  ]
  for (const [x, y, turnDeg, tiltDeg, size] of [
    [2.0, -2.75, 24, 4, 1],
    [-0.9, -5.3, 68, -7, 0.8],
    [5.9, 1.2, 12, 12, 1.1],
    [-6.3, -0.6, 52, 6, 1.1],
    [4.6, 3.4, 80, -5, 1],
  ] as const) {
    const half: Vec = [0.42 * size, 0.27 * size, 0.2 * size]
    parts.push({
      ...box([-half[0], -half[1], -half[2]], half, limestone, 0.03),
      at: [x, y, 0.17 * size],
      turnDeg,
      tiltDeg,
    })
  }
  for (let i = 0; i < 26; i++) {
    const angle = random.uniform(0, 2 * Math.PI)
    const r = random.uniform(4.9, 7.6)
    const size = 0.08 + 0.3 * random.float() * random.float()
    parts.push({
      shape: {
        kind: 'rock',
        radius: [size, size * random.uniform(0.6, 1), size * random.uniform(0.5, 0.8)],
        roughness: 0.3,
        subdivisions: 3,
      },
      material: i % 3 === 0 ? basalt : limestone,
      at: [r * cos(angle), 0.75 * r * sin(angle), size * 0.2],
      turnDeg: random.uniform(0, 360),
    })
  }
  return parts
}

function plants(random: RandomStream): Part[] {
  const parts: Part[] = []
  const climbing: Foliage['blobs'] = [
    { center: [-2.05, -0.62, 1.7], radius: [0.42, 0.13, 1.1], leaves: 600 },
    { center: [-2.3, -0.55, 3.3], radius: [0.34, 0.2, 1.3], leaves: 600 },
    { center: [-2.2, -0.6, 5.0], radius: [0.6, 0.22, 0.9], leaves: 540 },
    { center: [-1.6, -0.75, 5.95], radius: [0.8, 0.25, 0.35], leaves: 540 },
    { center: [-2.4, 0.1, 5.2], radius: [0.2, 0.7, 1.1], leaves: 500 },
    { center: [7.0, 5.15, 1.6], radius: [1.2, 0.15, 1.6], leaves: 800 },
    { center: [5.4, 5.12, 3.6], radius: [1.3, 0.2, 0.9], leaves: 500 },
    { center: [-8.3, 4.0, 1.2], radius: [0.2, 1.2, 1.0], leaves: 400 },
  ]
  parts.push({
    shape: { kind: 'foliage', blobs: climbing, leaf: 0.1, slenderness: 0.7, outward: 0.35 },
    material: ivy,
  })
  const tufts = Array.from({ length: 110 }, (_, i) => {
    const [x, y] = tuftPlace(i, random)
    const size = random.uniform(0.07, 0.2)
    return { center: [x, y, 0.05] as Vec, radius: [size, size, 0.06] as Vec, leaves: 16 }
  })
  parts.push({
    shape: { kind: 'foliage', blobs: tufts, leaf: 0.26, slenderness: 0.09, outward: 0.3, along: [0, 0, 1] },
    material: { kind: 'leaf', light: [0.3, 0.3, 0.1], dark: [0.12, 0.17, 0.04] },
  })
  for (const [x, y, height] of [
    [-10.5, 11, 8.5],
    [-7.2, 13.5, 10],
    [-3.6, 12, 7.5],
    [6.8, 12.5, 9],
    [10.5, 10.5, 7.5],
    [13.5, 15, 10],
    [1.5, 19, 10],
    [-16, 15, 9],
  ] as const) {
    const half = height / 2
    parts.push({
      shape: {
        kind: 'foliage',
        blobs: [
          { center: [x, y, half + 0.3], radius: [0.115 * height, 0.115 * height, half], leaves: 2200 },
          { center: [x, y, half * 0.75], radius: [0.14 * height, 0.14 * height, half * 0.7], leaves: 1600 },
          { center: [x, y, half * 1.6], radius: [0.055 * height, 0.055 * height, half * 0.62], leaves: 700 },
        ],
        leaf: 0.3,
        outward: 0.3,
        along: [0, 0, 1],
      },
      material: cypress,
    })
    parts.push({
      shape: { kind: 'rock', radius: [0.1 * height, 0.1 * height, half * 0.95], roughness: 0.2, subdivisions: 2 },
      material: { ...meadow, soil: [0.02, 0.035, 0.012], grass: [0.03, 0.05, 0.015] },
      at: [x, y, half + 0.2],
    })
  }
  return parts
}

/** Grass grows along the steps and walls, and where nobody walks. */
function tuftPlace(i: number, random: RandomStream): [number, number] {
  const along = random.uniform(-1, 1)
  if (i % 4 === 0) return [4.4 * along, -2.36 - 0.06 * random.float()]
  if (i % 4 === 1) return [8.2 * along, 5.1 - 0.2 * random.float()]
  if (i % 4 === 2) return [(along < 0 ? -1 : 1) * random.uniform(4.4, 4.9), random.uniform(-3.4, 2.5)]
  return [random.uniform(-7.5, 7.5), random.uniform(-5.6, 5)]
}
