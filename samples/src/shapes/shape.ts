import type { Vec } from '../trace/mesh.js'

/** A shape in its part's frame (x right, y away, z up; metres), as plain data. */
export type Shape =
  /** A parallelogram; `u × v` points to its visible side, though both sides are seen. */
  | { readonly kind: 'rectangle'; readonly corner: Vec; readonly u: Vec; readonly v: Vec }
  | { readonly kind: 'box'; readonly min: Vec; readonly max: Vec; readonly bevel?: number }
  | Masonry
  | Arch
  | Lathe
  | Rock
  | Foliage
  | Terrain
  /** A convex polygon of (x, z), counter-clockwise seen from −y, swept along y. */
  | {
      readonly kind: 'prism'
      readonly polygon: readonly (readonly [number, number])[]
      readonly y: readonly [number, number]
    }

/** A wall of bevelled blocks, each through the whole thickness; several blocks a course, never two joints alike. */
export interface Masonry {
  readonly kind: 'masonry'
  readonly min: Vec
  readonly max: Vec
  /** Height of a course. */
  readonly course: number
  /** Mean length of a block. */
  readonly length: number
  /** Width of the joints; default 0.012. */
  readonly joint?: number
  /** Width of the bevel; default 0.02. */
  readonly bevel?: number
  /** How far faces may stand out or in; default 0.012. */
  readonly unevenness?: number
  /** Height of a ruined top as (x, z), x increasing: blocks whose middle is above it are missing. */
  readonly ruin?: readonly (readonly [number, number])[]
}

/** A round arch of wedge-shaped voussoirs, with the courses of the wall above it cut to its curve. */
export interface Arch {
  readonly kind: 'arch'
  readonly inner: number
  readonly outer: number
  /** Height of the circle's centre, at x = 0. */
  readonly spring: number
  readonly y: readonly [number, number]
  readonly voussoirs: number
  /** How far the ring stands out from the wall on both sides. */
  readonly relief: number
  /** The wall above: half width, top, course height and block length. */
  readonly halfWidth: number
  readonly top: number
  readonly course: number
  readonly length: number
}

/** A surface of revolution about z. */
export interface Lathe {
  readonly kind: 'lathe'
  /** (radius, height), height increasing along the outside. */
  readonly profile: readonly (readonly [number, number])[]
  readonly segments: number
  readonly flutes?: {
    readonly count: number
    readonly depth: number
    readonly from: number
    readonly to: number
  }
}

/** A boulder: an ellipsoid with noise and a few flat cuts. */
export interface Rock {
  readonly kind: 'rock'
  readonly radius: Vec
  readonly roughness: number
  /** Default 4: 8 · 4⁴ triangles. */
  readonly subdivisions?: number
}

/** Leaves, each a small rhombus, in the shells of ellipsoids. */
export interface Foliage {
  readonly kind: 'foliage'
  readonly blobs: readonly { readonly center: Vec; readonly radius: Vec; readonly leaves: number }[]
  /** Length of a leaf. */
  readonly leaf: number
  /** Width over length; default 0.6. */
  readonly slenderness?: number
  /** 0: leaves lie in any direction; 1: they face outwards from their ellipsoid; default 0.5. */
  readonly outward?: number
  /** Direction that leaves share, e.g. up for grass. */
  readonly along?: Vec
}

/** A height field in rings about the origin: flat within `flat`, rising to hills of about `height` at `radius`. */
export interface Terrain {
  readonly kind: 'terrain'
  readonly flat: number
  readonly radius: number
  readonly height: number
  /** Amplitude of small unevenness on the flat part. */
  readonly unevenness: number
}
