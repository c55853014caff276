import type { Comparison } from '@epipole/sfm'
import type { Command } from 'commander'
import { compare } from '../../actions/compare.js'
import type { Context } from '../context.js'
import { printable } from '../printable.js'

export function addCompare(program: Command, context: Context): void {
  program
    .command('compare')
    .description("how far a model's cameras are from the truth")
    .argument('<model>', 'folder of a COLMAP model, or an output folder')
    .argument('<truth>', 'JSON { images: { name: { R, C } } }, or another model')
    .option('--json', 'print one line of JSON')
    .action(async (model: string, truth: string, flags: { json?: boolean }) => {
      const found = await compare(model, truth)
      if (flags.json) context.terminal.out(JSON.stringify({ ok: true, ...found }))
      else for (const line of comparisonLines(found)) context.terminal.out(line)
    })
}

function comparisonLines(found: Comparison): string[] {
  const { auc, rotation, translation, centers } = found
  const lines = [`registered         ${found.registered} of ${found.total}`]
  if (rotation) lines.push(`rotation error     median ${angle(rotation.medianDeg)}, mean ${angle(rotation.meanDeg)}`)
  if (translation)
    lines.push(`translation error  median ${angle(translation.medianDeg)}, mean ${angle(translation.meanDeg)}`)
  lines.push(
    `AUC                ${auc.at1Deg.toFixed(2)} at 1°, ${auc.at3Deg.toFixed(2)} at 3°, ${auc.at5Deg.toFixed(2)} at 5°`,
  )
  if (centers) {
    const { rmse, max } = centers
    lines.push(`camera centres     RMSE ${rmse.toPrecision(4)}, largest ${max.toPrecision(4)} (units of the truth)`)
  }
  if (found.alignmentVerdict) lines.push(`no alignment       ${printable(found.alignmentVerdict.text)}`)
  if (found.missing.length > 0) lines.push(`missing            ${names(found.missing)}`)
  if (found.extra.length > 0) lines.push(`not in the truth   ${names(found.extra)}`)
  return lines
}

function names(list: readonly string[]): string {
  const shown = list.slice(0, 5).map(printable).join(', ')
  return list.length > 5 ? `${shown} and ${list.length - 5} more` : shown
}

function angle(degrees: number): string {
  return `${degrees.toFixed(4)}°`
}
