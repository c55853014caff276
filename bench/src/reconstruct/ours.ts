import path from 'node:path'
import { runCommand } from '../run-command.js'
import { type Measured, measureModels, overSeeds } from './measured.js'
import { type Case, dataFolder, rootFolder } from './sets.js'

const GIBIBYTE = 2 ** 30
const NOTHING_RECONSTRUCTED = 1
/** Our command line, from the root. */
export const EPIPOLE = 'packages/epipole/bin/epipole.js'

/** Folders and files of a case, absolute. */
export function inputsOf({ set, intrinsics, noTruth }: Case) {
  const folder = path.join(dataFolder(), 'sfm', set)
  return {
    photos: path.join(folder, 'images'),
    intrinsics: intrinsics ? path.join(folder, 'K.txt') : undefined,
    truth: noTruth ? undefined : path.join(folder, 'truth.json'),
  }
}

/** What is typed after `node packages/epipole/bin/epipole.js`. */
export function reconstructArgs(which: Case, out: string, seed: number): string[] {
  const { photos, intrinsics } = inputsOf(which)
  const args = ['reconstruct', photos, '--out', out, '--text', '--json', '--seed', String(seed)]
  return intrinsics === undefined ? args : [...args, '--intrinsics', intrinsics]
}

/** Runs a command of ours; its one line of JSON beside time and memory. Throws where it failed other than by finding nothing. */
async function runEpipole(args: readonly string[]) {
  const { code, stdout, stderr, seconds, peakBytes } = await runCommand(process.execPath, [
    path.join(rootFolder(), EPIPOLE),
    ...args,
  ])
  if (code !== 0 && code !== NOTHING_RECONSTRUCTED) {
    throw new Error(`epipole ${args.join(' ')} ended with ${code}:\n${stderr.slice(-2000)}`)
  }
  const peak = peakBytes === undefined ? {} : { peakGiB: peakBytes / GIBIBYTE }
  return { json: JSON.parse(stdout) as { readonly models: readonly unknown[] }, cost: { seconds, ...peak } }
}

/** One run of a case into an output folder; what an earlier run left there is reused. */
export async function runCase(which: Case, out: string, seed: number): Promise<Measured> {
  const { json, cost } = await runEpipole(reconstructArgs(which, out, seed))
  const folders = json.models.map((_, i) => path.join(out, 'sparse', String(i)))
  return { ...(await measureModels(folders, inputsOf(which).truth)), ...cost }
}

/** Runs for seeds 0, 1, …: the first from nothing (its time counts), the others from the same features. */
export async function overRuns(seeds: number, run: (seed: number) => Promise<Measured>): Promise<Measured> {
  const runs: Measured[] = []
  for (let seed = 0; seed < seeds; seed++) runs.push(await run(seed))
  const { seconds } = runs[0]
  return { ...overSeeds(runs), ...(seconds !== undefined && { seconds }) }
}

/** What `epipole demo --json` says of the truth. */
interface DemoJson {
  readonly truth?: { readonly registered: number; readonly centerRmse: number; readonly sceneSize: number }
}

/** With as many features as `reconstruct` takes without a flag; the demo would take half. */
export function demoArgs(out: string, seed: number): string[] {
  return ['demo', '--out', out, '--json', '--max-features', '8192', '--seed', String(seed)]
}

/** One run of the embedded sample by `epipole demo`, which compares with the truth itself. */
export async function runDemo(out: string, seed: number): Promise<Measured> {
  const { json, cost } = await runEpipole(demoArgs(out, seed))
  const { truth } = json as DemoJson
  const found = truth && { centrePercent: (100 * truth.centerRmse) / truth.sceneSize }
  return { registered: truth?.registered ?? 0, models: json.models.length, ...found, ...cost }
}
