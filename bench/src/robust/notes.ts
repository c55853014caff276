import os from 'node:os'
import { THRESHOLD_PX } from './opencv.js'
import type { RobustBenchOptions } from './options.js'
import { BOUND_PX, CONFIDENCE } from './ours.js'
import { MATCHES, NOISE_PX } from './synthetic.js'

/** How the numbers came about. */
export function notes({ problems, budgetMs }: RobustBenchOptions, python: string | undefined): string[] {
  const cpus = os.cpus()
  const thresholds = Object.entries(THRESHOLD_PX).map(([family, px]) => `${family} ${px}`)
  return [
    `Synthetic cases: ${problems} problems each of ${MATCHES} matches, noise ${NOISE_PX.join(' to ')} px drawn for each problem, confidence ${CONFIDENCE}; a right match has the better score 88 times in 100.`,
    'Photos: mutual nearest neighbours of our own SIFT features, distinct or not; scores from descriptors. H: photo 1 with the five others of both sets. F, E: each photo with the next three. PnP: points of two neighbours in the photo after them. Each five times, with other seeds.',
    `Ours: the marginal score with ${BOUND_PX} px as bound for all. OpenCV: of 2, 3 and 5 px the threshold that is best for it, ${thresholds.join(', ')}.`,
    `Every method may do as many trials as fit into ${budgetMs} ms, measured on matches of which none is right, and stops earlier by its own rule. Ours ranks the matches by score (PROSAC); so does the row of that name.`,
    `Peers: ${python === undefined ? 'not run' : `OpenCV through ${python}`}; Node ${process.versions.node}, ${cpus.length} × ${cpus[0]?.model ?? 'unknown CPU'}, load ${os.loadavg()[0].toFixed(1)} at the end.`,
  ]
}
