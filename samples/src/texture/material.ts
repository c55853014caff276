/** Linear RGB, 0 to 1. */
export type Color = readonly [number, number, number]

/** What a surface is made of, as plain data; lengths in metres. Each kind is a procedural solid texture. */
export type Material = Stone | Masonwork | Paving | Plaster | Earth | Leaf | Pottery | Wood | Mosaic | Inscription

/** Weathered stone: grain from decimetres to millimetres, tint by block, stains and lichen. */
export interface Stone {
  readonly kind: 'stone'
  readonly light: Color
  readonly dark: Color
  /** Cells per metre of the coarsest grain; default 5. */
  readonly frequency?: number
  /** Default 1. */
  readonly contrast?: number
  /** Height of the grain's relief over its length; default 0.35. */
  readonly relief?: number
  /** How much blocks differ in tone; default 0.25. */
  readonly tint?: number
  /** Share of lichen; default 0.25. */
  readonly lichen?: number
}

/** Bricks in running bond on upright faces, with mortar. */
export interface Masonwork {
  readonly kind: 'brick'
  readonly brick: Color
  readonly mortar: Color
  readonly length: number
  readonly height: number
  /** Width of the mortar. */
  readonly joint: number
}

/** Irregular flagstones on level faces, with earth and grass between. */
export interface Paving {
  readonly kind: 'paving'
  readonly light: Color
  readonly dark: Color
  /** In the joints and outside. */
  readonly earth: Earth
  /** Mean side of a stone. */
  readonly size: number
  /** From this distance to the part's origin on, earth takes over. */
  readonly radius: number
}

/** Painted plaster, stained and cracked, with the brick behind where it fell off. */
export interface Plaster {
  readonly kind: 'plaster'
  readonly paint: Color
  readonly brick: Masonwork
  /** Share of the wall where the plaster is gone, 0 to 1. */
  readonly decay: number
}

/** Dry grass and soil. */
export interface Earth {
  readonly kind: 'earth'
  readonly soil: Color
  readonly grass: Color
}

export interface Leaf {
  readonly kind: 'leaf'
  readonly light: Color
  readonly dark: Color
}

/** Fired clay with painted bands and meanders about z. */
export interface Pottery {
  readonly kind: 'pottery'
  readonly clay: Color
  readonly paint: Color
  /** Heights (from, to) of painted bands. */
  readonly bands: readonly (readonly [number, number])[]
}

/** Upright planks. */
export interface Wood {
  readonly kind: 'wood'
  readonly light: Color
  readonly dark: Color
  readonly plank: number
}

/** A round mosaic of small tesserae on a face of constant y: rays, rings and waves around (0, z). */
export interface Mosaic {
  readonly kind: 'mosaic'
  readonly colors: readonly [Color, Color, Color, Color]
  readonly radius: number
  readonly tessera: number
}

/** Stone with capital letters cut into its faces of constant y, centred at x = 0. */
export interface Inscription {
  readonly kind: 'inscription'
  readonly stone: Stone
  readonly text: string
  /** Height of the letters' foot, and of a letter. */
  readonly foot: number
  readonly letter: number
}
