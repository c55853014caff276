import path from 'node:path'
import { EpipoleError, type OnEvent, throwIfAborted } from '@epipole/core'
import type { ReconstructReport, Verdict } from '@epipole/sfm'
import { databaseOfPhotos } from '../database/from-photos.js'
import { writeColmapDatabase } from '../database/write-database.js'
import { writeModelFiles } from '../outputs/write-model.js'
import { openPhotos } from '../photos/open-photos.js'
import type { PhotoSet } from '../photos/photo.js'
import { writeReport } from '../report/write-report.node.js'
import { nodeStore } from '../store/node-store.js'
import { checkIntrinsicsSize } from './check-intrinsics-size.js'
import { claimOutFolder, defaultOut, STATE_FOLDER } from './out-folder.js'
import type { GivenIntrinsics } from './parse-intrinsics.js'
import { type ReconstructOptions, reconstruct } from './reconstruct.js'
import { setTitle } from './set-title.js'

export interface ReconstructFolderOptions extends Omit<ReconstructOptions, 'store' | 'intrinsics'> {
  readonly intrinsics?: GivenIntrinsics
  /** Output folder; default `./<folder>-epipole`. */
  readonly out?: string
  /** Forget all that earlier runs did. */
  readonly fresh?: boolean
  /** COLMAP's text form in place of the binary one. */
  readonly text?: boolean
  /** Called once the photos are listed and before any work on them. */
  readonly onPhotos?: (set: PhotoSet) => void | Promise<void>
}

export interface ReconstructFolderResult {
  readonly report: ReconstructReport
  /** Absolute paths. */
  readonly out: string
  readonly reportHtml: string
  readonly reportJson: string
  /** Absent where nothing was reconstructed. */
  readonly sparse?: string
  readonly transforms?: string
  /** All files that were written. */
  readonly written: readonly string[]
  /** Outputs whose format cannot express the model. */
  readonly skipped: readonly { readonly file: string; readonly verdict: Verdict }[]
}

/**
 * A folder of photos becomes a folder of outputs: COLMAP model and database, PLY, nerfstudio file, report. Work in
 * progress lies in `<out>/.epipole`: interrupted in any way, the same call goes on and ends with the same bytes.
 *
 * @throws EpipoleError `input` where there is no photo at all, `usage` where the output folder holds other work, `io`,
 *   `aborted`
 */
export async function reconstructFolder(
  folder: string,
  options: ReconstructFolderOptions = {},
): Promise<ReconstructFolderResult> {
  const { out: wanted, fresh = false, text = false, onPhotos, ...rest } = options
  checkOptions(options)
  const out = path.resolve(wanted ?? defaultOut(folder))
  const set = await openPhotos(folder)
  if (set.photos.length + set.refused.length === 0) {
    throw new EpipoleError(
      'input',
      `${folder} holds no photos (JPEG, PNG, WebP, TIFF or AVIF)${set.ignored.length > 0 ? `, only ${set.ignored.length} other files` : ''}.`,
      { folder },
    )
  }
  checkIntrinsicsSize(set.photos, options.intrinsics)
  await onPhotos?.(set)
  throwIfAborted(options.signal)
  const changed = await claimOutFolder(out, folder, set, fresh)
  if (changed) tellChanges(changed, options.onEvent)
  const result = await reconstruct(set, { ...rest, store: nodeStore(path.join(out, STATE_FOLDER)) })
  throwIfAborted(options.signal)
  const models = await writeModelFiles(out, result.models, { text, photoFolder: folder })
  const database = path.join(out, 'database.db')
  writeColmapDatabase(database, databaseOfPhotos(result.database))
  const { report, thumbnails } = result
  const pages = await writeReport(out, { report, models: result.models, thumbnails, title: setTitle(folder) })
  const transforms = path.join(out, 'transforms.json')
  return {
    report,
    out,
    reportHtml: pages.html,
    reportJson: pages.json,
    ...(result.models.length > 0 && { sparse: path.join(out, 'sparse', '0') }),
    ...(models.written.includes(transforms) && { transforms }),
    written: [...models.written, database, pages.json, pages.html],
    skipped: models.skipped,
  }
}

/** Options that contradict each other would be passed over in silence. */
function checkOptions({ intrinsics, refineIntrinsics, cameraModel }: ReconstructFolderOptions): void {
  if (refineIntrinsics && !intrinsics) {
    throw new EpipoleError(
      'usage',
      '--refine-intrinsics is for given --intrinsics; without them intrinsics are always refined.',
      { option: 'refineIntrinsics' },
    )
  }
  const given = intrinsics?.lens?.model ?? 'PINHOLE'
  if (intrinsics && cameraModel && cameraModel !== given) {
    throw new EpipoleError(
      'usage',
      `--intrinsics are a ${given} camera's, and --camera says ${cameraModel}. Leave one of the two out.`,
      { option: 'cameraModel' },
    )
  }
}

function tellChanges(changes: { added: number; removed: number }, onEvent: OnEvent | undefined): void {
  const { added, removed } = changes
  if (added + removed === 0) return
  const parts = [added > 0 ? `${added} new` : '', removed > 0 ? `${removed} gone` : ''].filter(Boolean)
  const message = `photos changed since the last run into this folder: ${parts.join(', ')}`
  onEvent?.({ type: 'warning', stage: 'photos', message })
}
