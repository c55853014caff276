import path from 'node:path'
import { formatCount, formatSeconds, formatVerdict, photoCounts, refusalGroups } from '@epipole/sfm'
import type { ReconstructFolderResult } from '../actions/reconstruct-folder.js'
import type { Context } from './context.js'
import { type ExitCode, exitCode } from './exit-codes.js'
import { openFile } from './open-file.js'
import { printable, shellQuote } from './printable.js'
import type { Colors } from './terminal.js'

/** What a command says beside the run itself. */
export interface More {
  readonly json: object
  readonly lines: readonly string[]
}

/** Prints what a run came to, opens the report where that was asked for, and sets the exit code. */
export async function finishReconstruct(
  result: ReconstructFolderResult,
  flags: { readonly photos: string; readonly json: boolean; readonly open: boolean },
  context: Context,
  more: More = { json: {}, lines: [] },
): Promise<void> {
  const { terminal } = context
  context.exit = exitOf(result)
  if (flags.json) terminal.out(JSON.stringify({ ...resultJson(result, context.exit), ...more.json }))
  else for (const line of resultLines(result, flags.photos, terminal.colors, more.lines)) terminal.out(line)
  if (flags.open) await openFile(result.reportHtml, terminal)
}

/** Fewer than two photos that can be used is an input that cannot be reconstructed; else the photos were looked at. */
function exitOf({ report }: ReconstructFolderResult): ExitCode {
  if (report.models.length > 0) return exitCode('ok')
  const usable = report.photos.filter((photo) => photo.status !== 'refused').length
  return exitCode(usable < 2 ? 'input' : 'nothing')
}

/** The one line of `--json`. */
export function resultJson(result: ReconstructFolderResult, exit: ExitCode): object {
  const { report, out, reportHtml, reportJson, sparse, transforms } = result
  return {
    ok: exit === exitCode('ok'),
    exitCode: exit,
    verdict: report.verdict,
    photos: photoCounts(report.photos),
    models: report.models.map(({ cameras, ...model }) => ({ ...model, cameras: cameras.length })),
    refused: refusalGroups(report.photos.filter((photo) => photo.status !== 'registered')),
    seconds: report.stages.reduce((sum, stage) => sum + stage.seconds, 0),
    seed: report.seed,
    out,
    reportHtml,
    reportJson,
    sparse: sparse ?? null,
    transforms: transforms ?? null,
  }
}

/** The end of a run for a person. */
export function resultLines(
  result: ReconstructFolderResult,
  photos: string,
  colors: Colors,
  more: readonly string[] = [],
): string[] {
  const { report } = result
  const { word, reason } = report.verdict
  const paint = { good: colors.green, usable: colors.yellow, weak: colors.red, none: colors.red }[word]
  const counts = photoCounts(report.photos)
  const lines = [
    '',
    `${colors.bold(paint(word === 'none' ? 'nothing reconstructed' : word))}: ${printable(reason)}`,
    '',
  ]
  lines.push(`photos    ${formatCount(counts.registered)} of ${formatCount(counts.total)} registered`)
  for (const [i, model] of report.models.entries()) {
    const name = report.models.length === 1 ? 'model' : `model ${i}`
    lines.push(
      `${name.padEnd(9)} ${formatCount(model.photos)} photos, ${formatCount(model.points)} points, ` +
        `mean track ${model.meanTrackLength.toFixed(1)}, mean error ${model.meanError.toFixed(2)} px; scale is arbitrary`,
    )
    for (const flag of model.flags)
      lines.push(`          ${colors.yellow('flag')} ${printable(flag.text)} (${formatVerdict(flag)})`)
    for (const camera of model.cameras)
      for (const note of camera.notes) lines.push(`          camera ${camera.id}: ${printable(note)}`)
  }
  lines.push(...notRegistered(result))
  for (const { file, verdict } of result.skipped) {
    lines.push(`skipped   ${printable(path.basename(file))}: ${printable(verdict.text)}`)
  }
  lines.push(...more)
  lines.push(`time      ${formatSeconds(report.stages.reduce((sum, stage) => sum + stage.seconds, 0))}`)
  lines.push(`report    ${printable(result.reportHtml)}`, ...nextLines(result, photos))
  return lines
}

/** Photos that are in no model, by reason: the first few names of each. */
function notRegistered({ report }: ReconstructFolderResult): string[] {
  const out = report.photos.filter((photo) => photo.status !== 'registered')
  return refusalGroups(out).map(({ test, count, example }) => {
    const names = out.filter((photo) => photo.verdict?.test === test).map((photo) => printable(photo.name))
    const shown = names.slice(0, 3).join(', ')
    const more = count > 3 ? ` and ${formatCount(count - 3)} more` : ''
    return `left out  ${shown}${more}: ${printable(example.text)}`
  })
}

/** The next command: what most people who reconstruct want is a splat. */
function nextLines({ out, sparse, transforms }: ReconstructFolderResult, photos: string): string[] {
  if (!sparse) return []
  const relative = (file: string) => {
    const short = path.relative(process.cwd(), file)
    return shellQuote(short !== '' && !short.startsWith('..') ? short : file)
  }
  const lines = transforms ? [`next      ns-train splatfacto --data ${relative(out)}`] : []
  lines.push(
    `${transforms ? '         ' : 'next     '} gsplat, Brush and COLMAP read ${relative(sparse)} with the photos in ${relative(path.resolve(photos))}`,
  )
  return lines
}
