import type { Earth, Leaf, Masonwork, Paving, Plaster, Stone } from '../texture/material.js'
import type { Light } from './scene.js'

/** Warm limestone. */
export const limestone: Stone = { kind: 'stone', light: [0.72, 0.62, 0.47], dark: [0.3, 0.235, 0.16] }

/** Paler, denser stone for carved parts. */
export const marble: Stone = {
  kind: 'stone',
  light: [0.78, 0.74, 0.66],
  dark: [0.42, 0.37, 0.3],
  frequency: 6,
  relief: 0.22,
  tint: 0.1,
}

/** Dark volcanic rock. */
export const basalt: Stone = {
  kind: 'stone',
  light: [0.42, 0.39, 0.35],
  dark: [0.12, 0.11, 0.1],
  frequency: 4,
  relief: 0.5,
  lichen: 0.4,
}

export const redBrick: Masonwork = {
  kind: 'brick',
  brick: [0.42, 0.17, 0.1],
  mortar: [0.5, 0.45, 0.37],
  length: 0.26,
  height: 0.075,
  joint: 0.014,
}

export const ochrePlaster: Plaster = { kind: 'plaster', paint: [0.72, 0.44, 0.2], brick: redBrick, decay: 0.3 }

/** Summer grass on reddish soil. */
export const meadow: Earth = { kind: 'earth', soil: [0.27, 0.2, 0.12], grass: [0.17, 0.18, 0.06] }

export const ivy: Leaf = { kind: 'leaf', light: [0.16, 0.27, 0.05], dark: [0.04, 0.11, 0.025] }

export const cypress: Leaf = { kind: 'leaf', light: [0.07, 0.13, 0.035], dark: [0.02, 0.05, 0.015] }

export const flagstones: Paving = {
  kind: 'paving',
  light: [0.58, 0.52, 0.43],
  dark: [0.26, 0.22, 0.17],
  earth: meadow,
  size: 0.75,
  radius: 9,
}

/** A clear late afternoon. */
export const afternoon: Light = {
  sun: { elevationDeg: 38, azimuthDeg: -128, color: [1.5, 1.24, 0.9], radiusDeg: 0.5 },
  sky: { zenith: [0.16, 0.3, 0.62], horizon: [0.62, 0.7, 0.78], clouds: 0.45 },
  bounce: [0.24, 0.2, 0.15],
  hazeDistance: 500,
}

/** Light without shadows. */
export const overcast: Light = {
  sky: { zenith: [0.95, 0.97, 1], horizon: [0.8, 0.82, 0.85], clouds: 0 },
  bounce: [0.4, 0.38, 0.35],
  hazeDistance: 5000,
}
