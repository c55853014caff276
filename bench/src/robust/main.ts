// npm run bench:robust: robust estimation of H, F, E and absolute pose beside OpenCV's USAC, under one time budget.
import { printResults, readResults, writeResults } from '../results.js'
import { mergeRows, type Row } from '../rows.js'
import { type Bounds, caseRows, score } from './case-rows.js'
import { earlyExitName, earlyExitRows } from './early-exit.js'
import { notes } from './notes.js'
import { findOpenCv, methods, runOpenCv } from './opencv.js'
import { PERCENTS, type RobustBenchOptions, robustBenchOptions } from './options.js'
import { calibrateOurs, runOurs } from './ours.js'
import { type Family, families, type Problem } from './problem.js'
import {
  absolutePoseProblems,
  hasRealPhotos,
  homographyProblems,
  posedSets,
  readPosedSet,
  twoViewProblems,
} from './real.js'
import { syntheticProblem } from './synthetic.js'

const NAME = 'robust'
const say = (text: string) => console.error(`[${new Date().toTimeString().slice(0, 8)}] ${text}`)

/** Problems of one kind, whose rows are written together. */
interface Case {
  readonly name: string
  readonly problems: () => readonly Problem[]
  /** Matches of which none is right: what a trial costs. */
  readonly hopeless: () => Problem
  readonly bounds: Bounds
}

/** What must be found in absolute terms, percent of the problems. */
function least(family: Family, percent: number): number {
  if (family === 'F') return percent >= 20 ? 90 : 0
  if (family === 'E') return 90
  return 99
}

function syntheticCase(family: Family, percent: number, count: number): Case {
  return {
    name: `${family}, ${percent} % right`,
    problems: () => Array.from({ length: count }, (_, seed) => syntheticProblem(family, percent / 100, seed)),
    hopeless: () => syntheticProblem(family, 0, 1000),
    bounds: { least: least(family, percent) },
  }
}

/** The case whose time is bound, without any help of scores. */
function unranked(family: Family, percent: number, count: number): Case {
  const { problems, hopeless } = syntheticCase(family, percent, count)
  const forget = (p: Problem): Problem => ({ ...p, scores: new Float64Array(0) })
  return {
    name: unrankedName(family, percent),
    problems: () => problems().map(forget),
    hopeless: () => forget(hopeless()),
    bounds: { timed: true },
  }
}

const unrankedName = (family: Family, percent: number) => `${family}, ${percent} % right, no scores`

/** Searches of each pair of photos, each with its own seed: a set has as few as six. */
const SEARCHES = 5

function realCase(name: string, pairs: readonly Problem[]): Case {
  const [first] = pairs
  const n = first.pixels2.length
  const turned = Float64Array.from(first.pixels2, (_, k) => first.pixels2[n - 2 - k + 2 * (k % 2)])
  return {
    name,
    problems: () => Array.from({ length: SEARCHES }, () => pairs).flat(),
    hopeless: () => ({ ...first, pixels2: turned }),
    bounds: {},
  }
}

const REAL = {
  H: ['H, photos graf and boat'],
  F: posedSets.map((set) => `F, photos ${set}`),
  E: posedSets.map((set) => `E, photos ${set}`),
  PnP: posedSets.map((set) => `PnP, photos ${set}`),
}

/** The cases on real photos, one set in memory at a time. */
async function* realCases(chosen: readonly Family[]): AsyncGenerator<Case> {
  if (chosen.includes('H')) yield realCase(REAL.H[0], await homographyProblems())
  if (chosen.every((family) => family === 'H')) return
  for (const [s, set] of posedSets.entries()) {
    const photos = await readPosedSet(set)
    const pairs = await twoViewProblems(photos)
    if (chosen.includes('F'))
      yield realCase(
        REAL.F[s],
        pairs.map((p) => ({ ...p, family: 'F' })),
      )
    if (chosen.includes('E')) yield realCase(REAL.E[s], pairs)
    if (chosen.includes('PnP')) yield realCase(REAL.PnP[s], await absolutePoseProblems(photos))
  }
}

const ORDER = families.flatMap((family) => [
  ...PERCENTS.map((percent) => syntheticCase(family, percent, 0).name),
  ...(family === 'E' ? [unrankedName(family, 50)] : []),
  ...REAL[family],
  earlyExitName(family),
])

/** Ours, after warming up, and the peers on the problems of a case. */
async function runCase(which: Case, options: RobustBenchOptions, python: string | undefined): Promise<Row[]> {
  const problems = which.problems()
  const hopeless = which.hopeless()
  for (const p of problems.slice(0, 5)) runOurs(p, 1000, 99)
  const trials = calibrateOurs(hopeless, options.budgetMs)
  const ours = problems.map((p, seed) => runOurs(p, trials, seed))
  const theirs = python === undefined ? undefined : await runOpenCv(python, problems, hopeless, options.budgetMs)
  const iterations = theirs ? methods.map((m) => `${m} ${theirs[m].iterations}`).join(', ') : 'no peer'
  say(`${which.name}: trials at most: ours ${trials}, ${iterations}`)
  const scored = theirs && Object.fromEntries(methods.map((m) => [m, score(problems, theirs[m].runs)] as const))
  return caseRows(which.name, hopeless.family, score(problems, ours), scored ?? {}, which.bounds)
}

async function main(): Promise<void> {
  const options = robustBenchOptions(process.argv.slice(2))
  const python = options.peers ? await findOpenCv() : undefined
  if (options.peers && python === undefined) {
    say('python3 with cv2 and numpy is not installed: rows that need it do not pass')
  }
  const record = (rows: readonly Row[]) =>
    writeResults(NAME, { notes: notes(options, python), rows: mergeRows(readResults(NAME).rows, rows, ORDER) })
  for (const family of options.families) {
    for (const percent of options.percents) {
      record(await runCase(syntheticCase(family, percent, options.problems), options, python))
    }
    if (family === 'E') record(await runCase(unranked(family, 50, options.problems), options, python))
    record(earlyExitRows(family))
  }
  if (options.real && hasRealPhotos()) {
    for await (const which of realCases(options.families)) record(await runCase(which, options, python))
  } else if (options.real) {
    say('no real photos: set EPIPOLE_DATA to the folder that holds pairs/ and sfm/')
  }
  printResults(readResults(NAME))
}

try {
  await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
