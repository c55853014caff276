import type { Shape } from '../shapes/shape.js'
import type { Color, Material } from '../texture/material.js'
import type { Vec } from '../trace/mesh.js'

/**
 * A scene as plain data. World frame: x right, y away, z up, metres. The same scene and seed give the same surfaces, to the
 * bit, on any engine.
 */
export interface Scene {
  readonly name: string
  readonly seed: number
  readonly parts: readonly Part[]
  readonly light: Light
}

/** A shape of one material, turned and moved into the world: `pointInWorld = Rz(turn) · Rx(tilt) · pointInPart + at`. */
export interface Part {
  readonly shape: Shape
  readonly material: Material
  /** Default: the world's origin. */
  readonly at?: Vec
  /** About z, counter-clockwise from above. Default 0. */
  readonly turnDeg?: number
  /** About x, before the turn. Default 0. */
  readonly tiltDeg?: number
  /** Of texture and random shape; default: the part's place in the list. Two parts of equal data and seed look alike. */
  readonly seed?: number
}

export interface Light {
  /** None on an overcast day. */
  readonly sun?: {
    readonly elevationDeg: number
    /** From x towards y: 0 shines from the right, −90 from behind the viewer at −y. */
    readonly azimuthDeg: number
    /** Irradiance at right angles, linear RGB. */
    readonly color: Color
    /** Angular radius of its disc. */
    readonly radiusDeg: number
  }
  readonly sky: {
    /** Radiance overhead and at the horizon, linear RGB. */
    readonly zenith: Color
    readonly horizon: Color
    /** Share of clouds, 0 to 1. */
    readonly clouds: number
  }
  /** Radiance of the light that ground and walls throw back. */
  readonly bounce: Color
  /** Distance at which the air hides 63 % of a thing. */
  readonly hazeDistance: number
}
