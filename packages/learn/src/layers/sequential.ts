import type { Layer, LayerLike } from './layer.js'

const isLayerLike = (value: unknown): value is LayerLike =>
  typeof value === 'function' || typeof (value as Layer | undefined)?.forward === 'function'

/**
 * Layers one after another. Given as a list they are named 0, 1, …, as in PyTorch; given as an object, by its keys:
 * `sequential({ encoder, head })`.
 */
export function sequential(...layers: readonly LayerLike[] | [Readonly<Record<string, LayerLike>>]): Layer {
  const named = layers.length === 1 && !isLayerLike(layers[0])
  return {
    kind: 'sequential',
    children: Object.fromEntries(Object.entries((named ? layers[0] : layers) as Record<string, LayerLike>)),
    forward: ({ parts }, ...inputs) => {
      let [x, ...more] = inputs
      for (const part of Object.values(parts)) {
        x = part(x, ...more)
        more = []
      }
      return x
    },
  }
}
