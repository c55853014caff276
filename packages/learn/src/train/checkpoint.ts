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
const HISTORY = ['history/loss', 'history/rate'] as const
const FORMAT = 'epipole-training'
/** Of what is written below; whoever changes that changes it. */
const VERSION = '1'

/**
 * A checkpoint as a safetensors file: the model's arrays under PyTorch's names, so that it is a weights file as well; the rest
 * under `optimizer/…`, `average/…`, and where training stands in the metadata.
 */
export function writeCheckpoint({ state, position, losses, rates }: Checkpoint): Uint8Array {
  const tensors = weightsOf(state)
  for (const extra of EXTRAS)
    for (const [path, value] of leavesOf<NdArray>((state[extra] ?? {}) as never, isNdArray))
      tensors.set(`${extra}/${path}`, value)
  if (losses.length > 0)
    for (const [i, values] of [losses, rates].entries()) tensors.set(HISTORY[i], ndArray(values, [values.length]))
  return writeSafetensors(tensors, { format: FORMAT, version: VERSION, position: JSON.stringify(position) })
}

const isModels = (name: string): boolean => !name.includes('/')

/**
 * The model's arrays of a checkpoint or any weights file, as they are used and validated: the moving average of the parameters
 * where the checkpoint keeps one.
 */
export function modelArrays(tensors: ReadonlyMap<string, NdArray>): Map<string, NdArray> {
  return new Map(
    [...tensors].flatMap(([name, own]) => (isModels(name) ? [[name, tensors.get(`average/${name}`) ?? own]] : [])),
  )
}

/**
 * Reads a checkpoint for a training that starts with `start`. An `input` error names what differs where it is of another
 * version, model or optimizer, and says what is damaged.
 */
export function readCheckpoint(bytes: Uint8Array, start: TrainingState, file = 'checkpoint'): Checkpoint {
  const { tensors, metadata } = readSafetensors(bytes, file)
  const position = positionOf(metadata, file)
  const { variables } = loadWeights(start, new Map([...tensors].filter(([name]) => isModels(name))), { file })
  const other = (problem: string): never => {
    throw new EpipoleError('input', `${file} was written with another optimizer or other settings: ${problem}.`, {
      file,
    })
  }
  const known = new Set<string>(HISTORY)
  const fill = (prefix: string, tree: unknown) =>
    mapTree<NdArray, NdArray>(tree as Tree<NdArray>, isNdArray, (own, path) => {
      const name = `${prefix}/${path}`
      const value = tensors.get(name)
      if (value?.dtype !== own.dtype || `${value.shape}` !== `${own.shape}`)
        return other(`${name} is missing or has another shape`)
      known.add(name)
      return value
    })
  const extras = EXTRAS.flatMap((name) => (start[name] === undefined ? [] : [[name, fill(name, start[name])]]))
  const unknown = [...tensors.keys()].find((name) => !isModels(name) && !known.has(name))
  if (unknown !== undefined) other(`${unknown} is nothing this training keeps`)
  const [losses, rates] = HISTORY.map((name) => {
    const data = tensors.get(name)?.data ?? new Float32Array(0)
    return data instanceof Float32Array && data.length === position.step ? data : damaged(file)
  }) as [Float32Array, Float32Array]
  return { state: { ...variables, ...Object.fromEntries(extras) }, position, losses, rates }
}

function damaged(file: string): never {
  throw new EpipoleError('input', `${file} does not say where its training stands: it is damaged.`, { file })
}

/** Where the training of a checkpoint stands, and by which settings; an `input` error where the file holds weights alone. */
export const readPosition = (bytes: Uint8Array, file = 'checkpoint'): Position =>
  positionOf(readSafetensors(bytes, file).metadata, file)

function positionOf(metadata: Readonly<Record<string, string>>, file: string): Position {
  const { format, version, position } = metadata
  if (format !== FORMAT || position === undefined)
    throw new EpipoleError('input', `${file} holds weights, but no training to continue.`, { file })
  if (version !== VERSION)
    throw new EpipoleError(
      'input',
      `${file} is a checkpoint of version ${version ?? '(none)'}; this release of Epipole continues version ${VERSION}. Continue it with the release that wrote it, or start again (--fresh).`,
      { file, found: version, known: VERSION },
    )
  let value: Partial<Position> | null = null
  try {
    value = JSON.parse(position) as Partial<Position> | null
  } catch {
    // Said below.
  }
  const { step, batches, gathered, worse, seed, seconds, plateau, best, validations } = value ?? {}
  const counts = [step, batches, gathered?.batches, worse, ...(best ? [best.step] : [])]
  const numbers = [seed, seconds, gathered?.loss, plateau?.scale, ...(best ? [best.score] : [])]
  const ok =
    counts.every((n) => Number.isSafeInteger(n) && (n as number) >= 0) &&
    numbers.every(Number.isFinite) &&
    best !== undefined &&
    Array.isArray(validations) &&
    validations.every((v) => Number.isSafeInteger(v?.step) && Number.isFinite(v?.score))
  return ok ? (value as Position) : damaged(file)
}
