import { EpipoleError } from '@epipole/core'
import { isNdArray, leavesOf, mapTree, type NdArray, ndArray, type Tree } from '@epipole/graph'
import { type PlateauState, plateauStart } from '../schedules/plateau.js'
import { loadWeights, weightsOf } from '../weights/load-weights.js'
import { readSafetensors, writeSafetensors } from '../weights/safetensors.js'
import type { StepStatistics } from './statistics.js'
import type { TrainingState } from './training-step.js'

/** Where checkpoints are kept: each written whole or not at all, so that a failed write leaves the one before. */
export interface CheckpointStore {
  read(name: string): Promise<Uint8Array | undefined>
  write(name: string, bytes: Uint8Array): Promise<void>
}

/** A store that lives as long as its variable. */
export function memoryCheckpoints(): CheckpointStore {
  const files = new Map<string, Uint8Array>()
  return {
    read: async (name) => files.get(name),
    write: async (name, bytes) => void files.set(name, bytes),
  }
}

/** Where training stands, besides its arrays. */
export interface Position {
  readonly step: number
  /** Batches run; more than steps where several make a step. */
  readonly batches: number
  /** How many of them were gathered for a step that is not made yet, and their share of its loss and of what it tells besides. */
  readonly gathered: {
    readonly batches: number
    readonly loss: number
    readonly metrics?: Readonly<Record<string, number>>
  }
  readonly seed: number
  readonly plateau: PlateauState
  /** Best validation score, the step it was at, and how many validations since were not better. */
  readonly best: { readonly score: number; readonly step: number } | null
  readonly worse: number
  /** All validations so far, and what steps then showed, where they were looked into. */
  readonly validations: readonly {
    readonly step: number
    readonly score: number
    readonly statistics?: StepStatistics
  }[]
  /** Seconds of training behind it, over all runs. */
  readonly seconds: number
  /** Settings that must be equal for the run to be continued. */
  readonly settings: Readonly<Record<string, unknown>>
}

/** Where training stands before its first step. */
export const startPosition = (seed: number, settings: Position['settings']): Position => ({
  step: 0,
  batches: 0,
  gathered: { batches: 0, loss: 0 },
  seed,
  plateau: plateauStart,
  best: null,
  worse: 0,
  validations: [],
  seconds: 0,
  settings,
})

/** Loss and rate of each step. */
export interface History {
  readonly losses: Float32Array
  readonly rates: Float32Array
}

export interface Checkpoint extends History {
  readonly state: TrainingState
  readonly position: Position
}

const EXTRAS = ['optimizer', 'average', 'gathered'] as const

/**
 * A checkpoint as a safetensors file: the model's arrays under PyTorch's names, so that it is a weights file as well; the rest
 * under `optimizer/…`, `average/…`, and where training stands in the metadata.
 */
export function writeCheckpoint({ state, position, losses, rates }: Checkpoint): Uint8Array {
  const tensors = weightsOf(state)
  for (const extra of EXTRAS)
    for (const [path, value] of leavesOf<NdArray>((state[extra] ?? {}) as never, isNdArray))
      tensors.set(`${extra}/${path}`, value)
  if (losses.length > 0) {
    tensors.set('history/loss', ndArray(losses, [losses.length]))
    tensors.set('history/rate', ndArray(rates, [rates.length]))
  }
  return writeSafetensors(tensors, { format: 'epipole-training', version: '1', position: JSON.stringify(position) })
}

/** The model's arrays of a checkpoint or any weights file. */
export function modelArrays(tensors: ReadonlyMap<string, NdArray>): Map<string, NdArray> {
  return new Map([...tensors].filter(([name]) => !name.includes('/')))
}

/**
 * Reads a checkpoint for a training that starts with `start`. An `input` error names what differs where it is another
 * model's or another optimizer's.
 */
export function readCheckpoint(bytes: Uint8Array, start: TrainingState, file = 'checkpoint'): Checkpoint {
  const { tensors, metadata } = readSafetensors(bytes, file)
  const position = positionOf(metadata, file)
  const { variables } = loadWeights(start, modelArrays(tensors))
  const fill = (prefix: string, tree: unknown) =>
    mapTree<NdArray, NdArray>(tree as Tree<NdArray>, isNdArray, (own, path) => {
      const value = tensors.get(`${prefix}/${path}`)
      if (value === undefined || `${value.shape}` !== `${own.shape}`)
        throw new EpipoleError(
          'input',
          `${file} was written with another optimizer or other settings: ${prefix}/${path} is missing or has another shape.`,
          { file },
        )
      return value
    })
  const history = (name: string) => (tensors.get(`history/${name}`)?.data ?? new Float32Array(0)) as Float32Array
  const extras = EXTRAS.flatMap((name) => (start[name] === undefined ? [] : [[name, fill(name, start[name])]]))
  return {
    state: { ...variables, ...Object.fromEntries(extras) },
    position,
    losses: history('loss'),
    rates: history('rate'),
  }
}

/** Where the training of a checkpoint stands, and by which settings; an `input` error where the file holds weights alone. */
export const readPosition = (bytes: Uint8Array, file = 'checkpoint'): Position =>
  positionOf(readSafetensors(bytes, file).metadata, file)

function positionOf(metadata: Readonly<Record<string, string>>, file: string): Position {
  if (metadata.format !== 'epipole-training' || metadata.position === undefined)
    throw new EpipoleError('input', `${file} holds weights, but no training to continue.`, { file })
  let value: Partial<Position> | null = null
  try {
    value = JSON.parse(metadata.position) as Partial<Position> | null
  } catch {
    // Said below.
  }
  const counts = [value?.step, value?.batches, value?.gathered?.batches, value?.seed, value?.worse, value?.seconds]
  if (![...counts, value?.plateau?.scale].every(Number.isFinite) || !Array.isArray(value?.validations))
    throw new EpipoleError('input', `${file} does not say where its training stands: it is damaged.`, { file })
  return value as Position
}
