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
      stone(m, s, cell, seed)
      break
    case 'brick':
      brick(m, s, seed)
      break
    case 'paving':
      paving(m, s, seed)
      break
    case 'plaster':
      plaster(m, s, seed)
      break
    case 'earth':
      earth(m, s, seed)
      break
    case 'leaf':
      leaf(m, s, cell)
      break
    case 'pottery':
      pottery(m, s, seed)
      break
    case 'wood':
      wood(m, s, seed)
      break
    case 'mosaic':
      mosaic(m, s, seed)
      break
    case 'inscription':
      inscription(m, s, cell, seed)
      break
  }
}
