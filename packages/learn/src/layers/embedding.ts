import { embedding as lookUp } from '@epipole/graph'
import { normal } from '../initialisers/initialisers.js'
import type { Initialiser, Layer } from './layer.js'

/** A learned vector for each of `count` tokens: whole numbers [...] to [..., width]; `weight` [count, width]. */
export const embedding = (count: number, width: number, initialise: Initialiser = normal(1)): Layer => ({
  kind: 'embedding',
  options: { count, width },
  params: { weight: { shape: [count, width], initialise } },
  forward: ({ params }, indices) => lookUp(indices, params.weight),
})
