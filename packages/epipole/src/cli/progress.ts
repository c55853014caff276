import type { ActionEvent, OnEvent } from '@epipole/core'
import { formatCount, formatSeconds } from '@epipole/sfm'
import { fit, printable } from './printable.js'
import type { Terminal } from './terminal.js'

interface Stage {
  readonly name: string
  readonly total: number
  readonly unit: string
  readonly reused: number
  readonly started: number
  done: number
  secondsLeft: number | undefined
  warnings: number
}

const BAR = 20
const REDRAW_MS = 80
/** A damaged set would scroll everything else away; the report has them all. */
const MAX_WARNINGS = 5

/**
 * Shows an action's events: on a terminal one line that is drawn over, with rate and time left, and one line for each
 * stage that ended; elsewhere only the latter. Small enough to own: libraries that draw progress also want to own the
 * tasks (listr2) or have no line without a terminal that fits the rules (cli-progress).
 */
export function progress(terminal: Terminal, now: () => number = () => performance.now()): OnEvent {
  const running = new Map<string, Stage>()
  let drawn = Number.NEGATIVE_INFINITY
  const draw = (stage: Stage | undefined, force: boolean) => {
    if (!terminal.interactive || (!force && now() - drawn < REDRAW_MS)) return
    drawn = now()
    terminal.status(stage ? fit(statusLine(stage, now()), terminal.columns - 1) : '')
  }

  return (event: ActionEvent) => {
    const stage = running.get(event.stage)
    switch (event.type) {
      case 'stage-start': {
        const { total, unit, reused } = event
        const begun: Stage = {
          name: event.stage,
          total,
          unit,
          reused,
          started: now(),
          done: reused,
          secondsLeft: undefined,
          warnings: 0,
        }
        running.set(event.stage, begun)
        draw(begun, true)
        return
      }
      case 'progress':
        if (!stage) return
        stage.done = event.done
        stage.secondsLeft = event.secondsLeft
        draw(stage, stage.done === stage.total)
        return
      case 'stage-end': {
        running.delete(event.stage)
        terminal.status('')
        const hidden = (stage?.warnings ?? 0) - MAX_WARNINGS
        if (hidden > 0) terminal.err(`  … and ${formatCount(hidden)} more warnings`)
        terminal.err(endLine(event, stage, terminal))
        draw([...running.values()].at(-1), true)
        return
      }
      case 'warning': {
        if (stage && ++stage.warnings > MAX_WARNINGS) return
        const item = event.item === undefined ? '' : `${printable(event.item)}: `
        terminal.err(`${terminal.errColors.yellow('warning')} ${item}${printable(event.message)}`)
      }
    }
  }
}

function statusLine(stage: Stage, now: number): string {
  const { name, done, total, unit, reused, secondsLeft } = stage
  const seconds = (now - stage.started) / 1000
  const fresh = done - reused
  const filled = total > 0 ? Math.round((BAR * done) / total) : 0
  const parts = [`${formatCount(done)} of ${formatCount(total)} ${unit}`]
  if (fresh > 0 && seconds > 0) parts.push(rate(fresh / seconds))
  if (secondsLeft !== undefined && fresh > 0 && done < total) parts.push(`${formatSeconds(secondsLeft)} left`)
  return `${name.padEnd(10)} ${'█'.repeat(filled)}${'░'.repeat(BAR - filled)} ${parts.join(' · ')}`
}

/** Per second; per minute where that is slow. */
function rate(perSecond: number): string {
  return perSecond >= 1 ? `${trim(perSecond)}/s` : `${trim(perSecond * 60)}/min`
}

function trim(x: number): string {
  return x >= 10 ? formatCount(x) : x.toFixed(1)
}

function endLine(event: ActionEvent & { type: 'stage-end' }, stage: Stage | undefined, terminal: Terminal): string {
  const { green, dim } = terminal.errColors
  const parts = [event.summary ?? (stage ? `${formatCount(stage.done)} ${stage.unit}` : '')]
  if (stage && stage.reused > 0) {
    parts.push(stage.reused === stage.total ? 'all reused' : `${formatCount(stage.reused)} reused`)
  }
  parts.push(formatSeconds(event.seconds))
  return `${green('✓')} ${event.stage.padEnd(10)} ${dim(parts.filter(Boolean).map(printable).join(' · '))}`
}
