// npm run bench:robust: robust estimation of H, F, E and absolute pose beside OpenCV's USAC, under one time budget.
import os from 'node:os'
import { printResults, readResults, writeResults } from '../results.js'
import { mergeRows, type Row } from '../rows.js'
import { caseRows, score } from './case-rows.js'
import { findOpenCv, methods, runOpenCv, THRESHOLD_PX } from './opencv.js'
import { PERCENTS, type RobustBenchOptions, robustBenchOptions } from './options.js'
import { BOUND_PX, CONFIDENCE, calibrateOurs, runOurs } from './ours.js'
import { type Family, families, type Problem } from './problem.js'
import { MATCHES, NOISE_PX, syntheticProblem } from './synthetic.js'

const NAME = 'robust'
const say = (text: string) => console.error(`[${new Date().toTimeString().slice(0, 8)}] ${text}`)

/** What must be found in absolute terms, percent of the problems. */
function least(family: Family, percent: number): number {
  if (family === 'F') return percent >= 20 ? 90 : 0
  if (family === 'E') return 90
  return 99
}

const nameOf = (family: Family, percent: number) => `${family}, ${percent} % right`

/** Ours, after warming up, and the peers on the problems of a case. */
async function runCase(
  name: string,
  family: Family,
  problems: readonly Problem[],
  hopeless: Problem,
  options: RobustBenchOptions,
  python: string | undefined,
  atLeast: number,
): Promise<Row[]> {
  for (const p of problems.slice(0, 5)) runOurs(p, 1000, 99)
  const trials = calibrateOurs(hopeless, options.budgetMs)
  const ours = problems.map((p, seed) => runOurs(p, trials, seed))
  const theirs = python === undefined ? undefined : await runOpenCv(python, problems, hopeless, options.budgetMs)
  const iterations = theirs ? methods.map((m) => `${m} ${theirs[m].iterations}`).join(', ') : 'no peer'
  say(`${name}: trials at most: ours ${trials}, ${iterations}`)
  const scored = theirs && Object.fromEntries(methods.map((m) => [m, score(problems, theirs[m].runs)] as const))
  return caseRows(name, family, score(problems, ours), scored ?? {}, atLeast)
}

function notes(options: RobustBenchOptions, peers: string): string[] {
  const cpus = os.cpus()
  return [
    `Synthetic cases: ${options.problems} problems each of ${MATCHES} matches, noise ${NOISE_PX.join(' to ')} px drawn for each problem, confidence ${CONFIDENCE}; a right match has the better score 88 times in 100.`,
    `Ours: the marginal score with ${BOUND_PX} px as bound for all. OpenCV: of 2, 3 and 5 px the threshold that is best for it, ${Object.entries(
      THRESHOLD_PX,
    )
      .map(([f, t]) => `${f} ${t}`)
      .join(', ')}.`,
    `Every method may do as many trials as fit into ${options.budgetMs} ms, measured on matches of which none is right, and stops earlier by its own rule. Ours ranks the matches by score (PROSAC); so does the row of that name.`,
    `Peers ${peers}; Node ${process.versions.node}, ${cpus.length} × ${cpus[0]?.model ?? 'unknown CPU'}, load ${os.loadavg()[0].toFixed(1)} at the end.`,
  ]
}

async function main(): Promise<void> {
  const options = robustBenchOptions(process.argv.slice(2))
  const python = options.peers ? await findOpenCv() : undefined
  if (options.peers && python === undefined)
    say('python3 with cv2 and numpy is not installed: rows that need it do not pass')
  const order = families.flatMap((family) => PERCENTS.map((percent) => nameOf(family, percent)))
  for (const family of options.families) {
    const hopeless = syntheticProblem(family, 0, 1000)
    for (const percent of options.percents) {
      const name = nameOf(family, percent)
      const problems = Array.from({ length: options.problems }, (_, s) => syntheticProblem(family, percent / 100, s))
      const rows = await runCase(name, family, problems, hopeless, options, python, least(family, percent))
      writeResults(NAME, {
        notes: notes(options, python === undefined ? 'not run' : 'OpenCV'),
        rows: mergeRows(readResults(NAME).rows, rows, order),
      })
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
