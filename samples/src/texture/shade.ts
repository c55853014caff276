import { inscription, mosaic, pottery, wood } from './crafts.js'
import { earth, leaf, paving } from './ground.js'
import type { Material } from './material.js'
import { stone } from './stone.js'
import type { Surface } from './surface.js'
import { brick, plaster } from './walls.js'

/** Writes albedo and relief of the material at the surface point. `cell`: the block or leaf; `seed`: the part. */
export function shadeMaterial(m: Material, s: Surface, cell: number, seed: number): void {
  switch (m.kind) {
    case 'stone':
      return stone(m, s, cell, seed)
    case 'brick':
      return brick(m, s, seed)
    case 'paving':
      return paving(m, s, seed)
    case 'plaster':
      return plaster(m, s, seed)
    case 'earth':
      return earth(m, s, seed)
    case 'leaf':
      return leaf(m, s, cell)
    case 'pottery':
      return pottery(m, s, seed)
    case 'wood':
      return wood(m, s, seed)
    case 'mosaic':
      return mosaic(m, s, seed)
    case 'inscription':
      return inscription(m, s, cell, seed)
  }
}
