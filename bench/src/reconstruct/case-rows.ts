import { type Row, row, type Target } from '../rows.js'
import type { Measured } from './measured.js'
import { type Case, SAMPLE } from './sets.js'

export interface Peer {
  readonly name: string
  /** What it came to in this run; absent where it did not run. */
  readonly measured?: Measured
  /** Only beside the judged peer, without targets. */
  readonly variant?: boolean
}

interface Metric {
  readonly key: keyof Measured
  readonly name: string
  readonly unit: string
  readonly target: Target
  /** A time counts beside another only where both were taken in the same run. */
  readonly sameRun?: boolean
}

const NOTHING: Target = { of: 'nothing' }
const THICKNESS: Target = { of: 'ratio', atLeast: 0.9 }
const MEMORY: Target = { of: 'ours', atMost: 3 }
const TIME: Target = { of: 'ratio', atMost: 1 / 3 }

function metricsOf(which: Case): Metric[] {
  const metrics: (Metric | undefined)[] = [
    { key: 'registered', name: 'photos in one model', unit: '', target: { of: 'ours', atLeast: which.photos } },
    which.models && { key: 'models', name: 'models', unit: '', target: which.models },
    which.centreMm && { key: 'centreMm', name: 'centre RMSE', unit: 'mm', target: which.centreMm },
    which.auc1 && { key: 'auc1', name: 'AUC@1°', unit: '%', target: which.auc1 },
    which.rotationDeg && {
      key: 'rotationDeg',
      name: 'median rotation error',
      unit: 'deg',
      target: which.rotationDeg,
    },
    { key: 'pointsThreeViews', name: 'points of three views or more', unit: '', target: THICKNESS },
    { key: 'meanTrackLength', name: 'mean track length', unit: '', target: THICKNESS },
    { key: 'seconds', name: 'wall time', unit: 's', target: which.timed ? TIME : NOTHING, sameRun: true },
    { key: 'peakGiB', name: 'peak memory', unit: 'GiB', target: MEMORY },
  ]
  return metrics.filter((m) => m !== undefined)
}

/**
 * The rows of one case.
 *
 * @param earlier rows that were recorded before: where the peer did not run now, its numbers are taken from there, except
 *   times
 */
export function caseRows(which: Case, ours: Measured, peer: Peer, earlier: readonly Row[]): Row[] {
  return metricsOf(which).flatMap((metric) => {
    const { key, name, unit, sameRun } = metric
    const recorded = earlier.find((r) => r.case === which.name && r.metric === name && r.peerName === peer.name)
    const value = peer.measured ? peer.measured[key] : sameRun ? undefined : (recorded?.peer ?? undefined)
    if (peer.variant && value === undefined) return []
    return [row(which.name, name, unit, ours[key], { name: peer.name, value }, peer.variant ? NOTHING : metric.target)]
  })
}

/** The rows of the embedded sample, which has no peer. */
export function sampleRows(ours: Measured): Row[] {
  const { name, photos, centrePercent, seconds } = SAMPLE
  const none = { name: '', value: undefined }
  return [
    row(name, 'photos in one model', '', ours.registered, none, { of: 'ours', atLeast: photos }),
    row(name, "centre RMSE, of the scene's size", '%', ours.centrePercent, none, centrePercent),
    row(name, 'wall time', 's', ours.seconds, none, seconds),
    row(name, 'peak memory', 'GiB', ours.peakGiB, none, MEMORY),
  ]
}
