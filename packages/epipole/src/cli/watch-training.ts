import type { ActionEvent, OnEvent } from '@epipole/core'
import { describeFinding, findings, summary, summaryLine, type ValidationReport } from '@epipole/learn'
import { printable } from './printable.js'
import { progress } from './progress.js'
import type { Terminal } from './terminal.js'

/** More would scroll the epochs away; the report has them all. */
const MAX_FINDINGS = 3

/**
 * Progress of training with, behind each epoch, what a step showed: a line of the numbers that tell whether training is well, and
 * on a terminal a line for each thing that stands out, with its layer and what helps. Elsewhere one line says it all.
 */
export function watchTraining(terminal: Terminal): {
  onEvent: OnEvent
  onValidation: (report: ValidationReport) => void
} {
  const shown = progress(terminal)
  let waiting: string[] = []
  return {
    onValidation({ statistics }) {
      if (!statistics) return
      const found = findings(statistics).map((finding) => printable(describeFinding(finding)))
      const line = printable(summaryLine(summary(statistics)))
      const { yellow, dim } = terminal.errColors
      if (!terminal.interactive) {
        const more = found.length > 1 ? ` (and ${found.length - 1} more)` : ''
        waiting = [`  ${line}${found.length > 0 ? ` · ${found[0]}${more}` : ''}`]
        return
      }
      const hidden = found.length - MAX_FINDINGS
      waiting = [
        `  ${dim(line)}`,
        ...found.slice(0, MAX_FINDINGS).map((text) => `  ${yellow('!')} ${text}`),
        ...(hidden > 0 ? [`  ${yellow('!')} and ${hidden} more`] : []),
      ]
    },
    // A validation is told before its epoch ends, and belongs behind it.
    onEvent(event: ActionEvent) {
      shown(event)
      if (event.type !== 'stage-end') return
      for (const line of waiting) terminal.err(line)
      waiting = []
    },
  }
}
