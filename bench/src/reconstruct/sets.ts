import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Target } from '../rows.js'

/** One line of the table: a photo set, how it is run, and what it must reach. */
export interface Case {
  readonly name: string
  readonly set: string
  /** Whether `K.txt` is given. */
  readonly intrinsics: boolean
  readonly photos: number
  readonly centreMm?: Target
  readonly auc1?: Target
  readonly rotationDeg?: Target
  /** How many models there may be. */
  readonly models?: Target
  /** No truth to compare with. */
  readonly noTruth?: boolean
  /** Photos of several sizes: not to be forced into one camera. */
  readonly mixed?: boolean
  /** Its wall time is compared with COLMAP's. */
  readonly timed?: boolean
}

const atMost = (value: number): Target => ({ of: 'ours', atMost: value })
const atLeast = (value: number): Target => ({ of: 'ours', atLeast: value })

export const cases: readonly Case[] = [
  {
    name: 'fountain-P11, given',
    set: 'fountain-P11',
    intrinsics: true,
    photos: 11,
    centreMm: atMost(2.9),
    auc1: atLeast(94.1),
  },
  {
    name: 'Herz-Jesus-P8, given',
    set: 'Herz-Jesus-P8',
    intrinsics: true,
    photos: 8,
    centreMm: atMost(3.7),
    auc1: atLeast(94.4),
  },
  {
    name: 'fountain-P11',
    set: 'fountain-P11',
    intrinsics: false,
    photos: 11,
    centreMm: atMost(6.4),
    auc1: atLeast(65),
    timed: true,
  },
  {
    name: 'Herz-Jesus-P8',
    set: 'Herz-Jesus-P8',
    intrinsics: false,
    photos: 8,
    centreMm: atMost(8.4),
    auc1: atLeast(69),
  },
  {
    name: 'temple-ring',
    set: 'temple-ring',
    intrinsics: false,
    photos: 47,
    centreMm: atMost(1.8),
    auc1: { of: 'nothing' },
  },
  { name: 'fox', set: 'fox', intrinsics: false, photos: 50, rotationDeg: atMost(0.5) },
  {
    name: 'sacre-coeur',
    set: 'sacre-coeur',
    intrinsics: false,
    photos: 10,
    models: atMost(1),
    noTruth: true,
    mixed: true,
  },
]

/** The embedded sample: run by `epipole demo`, compared with its exact truth. */
export const SAMPLE = { name: 'embedded sample', photos: 20, centrePercent: atMost(0.1), seconds: atMost(30) }

/** Names of all cases, in the table's order. */
export const caseNames: readonly string[] = [...cases.map((c) => c.name), SAMPLE.name]

/** The folder of photo sets: `EPIPOLE_DATA`, or `../shared/data` beside the repository. */
export function dataFolder(): string {
  return path.resolve(process.env.EPIPOLE_DATA ?? path.join(rootFolder(), '../shared/data'))
}

export function rootFolder(): string {
  return path.join(path.dirname(fileURLToPath(import.meta.url)), '../../..')
}
