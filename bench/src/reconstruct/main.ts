// npm run bench:reconstruct: photo sets by our command line, scored against their truth, beside COLMAP's commands.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { printResults, type Results, readResults, writeResults } from '../results.js'
import { mergeRows, type Row } from '../rows.js'
import { caseRows, type Peer, sampleRows } from './case-rows.js'
import { type ColmapRun, colmapName, runColmap } from './colmap.js'
import type { Measured } from './measured.js'
import { circumstances, commandNote, mergeNotes } from './notes.js'
import { type BenchOptions, benchOptions } from './options.js'
import { demoArgs, EPIPOLE, overRuns, reconstructArgs, runCase, runDemo } from './ours.js'
import { type Case, caseNames, cases, SAMPLE } from './sets.js'

const NAME = 'reconstruct'
const SINGLE_CAMERA = 'single_camera 1'
const isPeers = (note: string) => note.includes(' colmap ')
const say = (text: string) => console.error(`[${new Date().toTimeString().slice(0, 8)}] ${text}`)

/** Work in a folder that is gone afterwards. */
async function inScratch<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), 'epipole-bench-'))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** One run of COLMAP with its commands as notes; nothing where it failed, which is said and leaves the rows without a peer. */
async function beside(which: Case, folder: string, notes: string[], single: boolean): Promise<Measured | undefined> {
  say(`${which.name}: COLMAP${single ? `, ${SINGLE_CAMERA}` : ''}`)
  let run: ColmapRun
  try {
    run = await runColmap(which, folder, single)
  } catch (error) {
    say(`${which.name}: ${error instanceof Error ? error.message : String(error)}`)
    return undefined
  }
  for (const args of run.commands) {
    // How many cameras COLMAP gave the photos depends on their EXIF, and the numbers on that.
    const cameras = args[0] === 'mapper' ? `  # cameras: ${run.measured.cameras ?? 0}` : ''
    notes.push(`${which.name}: QT_QPA_PLATFORM=offscreen colmap ${commandNote(args, folder)}${cameras}`)
  }
  return run.measured
}

/** Mean of the times of two runs, one on either side of the peer's. */
function around(before: Measured, after: Measured): Measured {
  if (before.seconds === undefined || after.seconds === undefined) return before
  return { ...before, seconds: (before.seconds + after.seconds) / 2 }
}

async function runWithPeers(
  which: Case,
  options: BenchOptions,
  colmap: string | undefined,
  earlier: readonly Row[],
): Promise<Results> {
  const runsPeer =
    colmap !== undefined && (options.peer === 'all' || (options.peer === 'timed' && which.timed === true))
  const name = colmap ?? 'COLMAP (not installed)'
  const notes = [`${which.name}: ${circumstances(options.seeds, runsPeer ? name : `${name}, not run`)}`]
  return await inScratch(async (folder) => {
    const out = path.join(folder, 'ours')
    notes.push(`${which.name}: node ${EPIPOLE} ${commandNote(reconstructArgs(which, out, 0), out)}`)
    let ours = await overRuns(options.seeds, (seed) => {
      say(`${which.name}: seed ${seed}`)
      return runCase(which, out, seed)
    })
    const measured = runsPeer ? await beside(which, path.join(folder, 'colmap'), notes, false) : undefined
    if (measured && which.timed) {
      say(`${which.name}: seed 0 again, from nothing`)
      ours = around(ours, await runCase(which, path.join(folder, 'again'), 0))
    }
    const rows = caseRows(which, ours, { name, ...(measured && { measured }) }, earlier)
    if (colmap === undefined) return { notes, rows }
    const runsSingle = options.singleCamera && !which.intrinsics && !which.mixed
    const single = runsSingle ? await beside(which, path.join(folder, 'single'), notes, true) : undefined
    const variant: Peer = { name: `${colmap}, ${SINGLE_CAMERA}`, variant: true, ...(single && { measured: single }) }
    return { notes, rows: [...rows, ...caseRows(which, ours, variant, earlier)] }
  })
}

async function runSample(seeds: number): Promise<Results> {
  return await inScratch(async (folder) => {
    const out = path.join(folder, 'ours')
    const notes = [
      `${SAMPLE.name}: ${circumstances(seeds, 'none')}`,
      `${SAMPLE.name}: node ${EPIPOLE} ${commandNote(demoArgs(out, 0), out)}`,
    ]
    const ours = await overRuns(seeds, (seed) => {
      say(`${SAMPLE.name}: seed ${seed}`)
      return runDemo(out, seed)
    })
    return { notes, rows: sampleRows(ours) }
  })
}

/** Writes a case's results over what is there by then: an interruption loses the case in work only. */
function record(fresh: Results): void {
  const before = readResults(NAME)
  writeResults(NAME, {
    notes: mergeNotes(before.notes, fresh.notes, caseNames, isPeers),
    rows: mergeRows(before.rows, fresh.rows, caseNames),
  })
}

async function main(): Promise<void> {
  const options = benchOptions(process.argv.slice(2), caseNames)
  const colmap = await colmapName()
  if (colmap === undefined && options.peer !== 'none') say('COLMAP is not installed: rows that need it do not pass')
  for (const name of options.cases) {
    try {
      const which = cases.find((c) => c.name === name)
      const { rows } = readResults(NAME)
      record(which ? await runWithPeers(which, options, colmap, rows) : await runSample(options.seeds))
    } catch (error) {
      // The other cases still run; what was recorded of this one stays as it is.
      say(`${name}: not measured. ${error instanceof Error ? error.message : String(error)}`)
      process.exitCode = 1
    }
  }
  printResults(readResults(NAME))
}

try {
  await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
