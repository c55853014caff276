import type { RandomStream } from '@epipole/core'
import type { NdArray, Shape, Tensor, Tree } from '@epipole/graph'
import type { RandomSource } from './random-source.js'

/** Fills an array of a shape (PyTorch's layout: outputs, inputs, kernel) with starting numbers. */
export type Initialiser = (shape: Shape, random: RandomStream) => Float32Array

/** A named array of a layer: what it looks like and how it starts. */
export interface ArraySpec {
  readonly shape: Shape
  readonly initialise: Initialiser
}

/**
 * A part of a model, described: plain data and one pure function. Nothing in it holds numbers; they live in a tree of arrays
 * (`initialise`) and reach `forward` as tensors (`bind`). A model is a layer too. As children are data, a model can be rewritten
 * (`mapLayers`): adapters, frozen parts and other heads need no hooks.
 */
export interface Layer {
  /** What it is, e.g. `conv2d`. */
  readonly kind: string
  /** Its settings, for descriptions. */
  readonly options?: Readonly<Record<string, unknown>>
  /** What training changes, named as in PyTorch: `weight`, `bias`. */
  readonly params?: Readonly<Record<string, ArraySpec>>
  /** What the layer itself changes while it trains: `running_mean`. */
  readonly buffers?: Readonly<Record<string, ArraySpec>>
  /** Layers it is made of, by their names in PyTorch. */
  readonly children?: Readonly<Record<string, LayerLike>>
  /** From its input (or inputs) to its output, and to its next buffers and extras where it has some. */
  forward(own: Own, x: Tensor, ...more: Tensor[]): Tensor | Updated
}

/** A function of a tensor is a layer without parameters: `relu`, `flatten`, `(x) => mul(x, 0.5)`. */
export type LayerLike = Layer | ((x: Tensor, ...more: Tensor[]) => Tensor)

/** What a layer computes with. */
export interface Own {
  readonly params: Readonly<Record<string, Tensor>>
  readonly buffers: Readonly<Record<string, Tensor>>
  /** The children as functions of tensors. */
  readonly parts: Readonly<Record<string, (x: Tensor, ...more: Tensor[]) => Tensor>>
  /** Whether the model is trained or used: dropout and batch norm differ. */
  readonly training: boolean
  /** Random tensors, inputs of the graph. */
  readonly random: RandomSource
}

/** An output together with what the layer's buffers become and what else it tells. */
export interface Updated {
  readonly output: Tensor
  readonly buffers?: Readonly<Record<string, Tensor>>
  /** Further tensors for the loss or for a look: a loss of the layer's own, the codes it chose. */
  readonly extras?: Readonly<Record<string, Tensor>>
}

/** The numbers of a model: trees whose paths are PyTorch's names (`layer1.0.conv1.weight`). Layers without any are left out. */
export interface Variables<T = NdArray> {
  readonly params: Tree<T>
  readonly buffers: Tree<T>
}

/** The layer as an object, whichever way it was given. */
export const asLayer = (layer: LayerLike): Layer =>
  typeof layer === 'function' ? { kind: layer.name || 'function', forward: (_, ...inputs) => layer(...inputs) } : layer
