import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { median } from '@epipole/geometry'
import { COLMAP_FILE_NAMES, type ModelStatistics, modelStatistics, readColmapModel } from '@epipole/sfm'
import { compare } from 'epipole/node'

/** What one reconstruction came to; numbers that it does not have are left out. */
export interface Measured {
  /** Photos in the largest model. */
  readonly registered: number
  readonly models: number
  /** Cameras of the largest model: photos may share one. */
  readonly cameras?: number
  /** Root mean square of the camera centres' errors, in thousandths of the truth's unit. */
  readonly centreMm?: number
  /** The same in per cent of the scene's size, where the truth states it. */
  readonly centrePercent?: number
  readonly auc1?: number
  /** Median over all pairs of photos of the relative rotation's error. */
  readonly rotationDeg?: number
  readonly pointsThreeViews?: number
  readonly meanTrackLength?: number
  readonly seconds?: number
  readonly peakGiB?: number
}

/** Scores the models of one reconstruction: the one of most photos counts. */
export async function measureModels(folders: readonly string[], truth: string | undefined): Promise<Measured> {
  let largest: (Summary & { readonly folder: string }) | undefined
  for (const folder of folders) {
    const summary = summaryOf(folder)
    if (!largest || summary.statistics.images > largest.statistics.images) largest = { folder, ...summary }
  }
  if (!largest) return { registered: 0, models: 0 }
  const { images, pointsThreeViews, meanTrackLength } = largest.statistics
  const thickness = { pointsThreeViews, meanTrackLength }
  const counts = { registered: images, models: folders.length, cameras: largest.cameras }
  if (truth === undefined) return { ...counts, ...thickness }
  const { auc, centers, rotation } = await compare(largest.folder, truth)
  return {
    ...counts,
    ...thickness,
    auc1: auc.at1Deg,
    ...(centers && { centreMm: 1000 * centers.rmse }),
    ...(rotation && { rotationDeg: rotation.medianDeg }),
  }
}

interface Summary {
  readonly statistics: ModelStatistics
  readonly cameras: number
}

function summaryOf(folder: string): Summary {
  const names = Object.values(COLMAP_FILE_NAMES).find((n) => existsSync(path.join(folder, n.images)))
  if (!names) throw new Error(`${folder} holds no COLMAP model.`)
  const read = (name: string) => readFileSync(path.join(folder, name))
  const model = readColmapModel(
    { cameras: read(names.cameras), images: read(names.images), points3D: read(names.points3D) },
    names,
  )
  return { statistics: modelStatistics(model), cameras: model.cameras.size }
}

/** Counts that must hold in every run are the worst of them, sizes the largest; all else is the median. */
const WORST = { registered: Math.min, models: Math.max, peakGiB: Math.max } as const

const OPTIONAL = [
  'centreMm',
  'centrePercent',
  'auc1',
  'rotationDeg',
  'pointsThreeViews',
  'meanTrackLength',
  'seconds',
  'peakGiB',
] as const

/**
 * One number for many seeds. A run that lacks a number (nothing was reconstructed) leaves the whole without it: the median
 * of the runs that went well would hide it.
 */
export function overSeeds(runs: readonly Measured[]): Measured {
  const over = (key: keyof Measured): number | undefined => {
    const values = runs.map((run) => run[key])
    if (values.length === 0 || !values.every((v) => v !== undefined)) return undefined
    return key in WORST ? WORST[key as keyof typeof WORST](...values) : median(Float64Array.from(values))
  }
  const optional: Partial<Record<keyof Measured, number>> = {}
  for (const key of OPTIONAL) {
    const value = over(key)
    if (value !== undefined) optional[key] = value
  }
  return { ...optional, registered: over('registered') ?? 0, models: over('models') ?? 0 }
}
