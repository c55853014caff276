// `npm run webgpu`: every operation on WebGPU, listed by name.
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Page } from 'playwright-core'
import { type OpGraph, opGraphs } from '../../packages/graph/src/device/agreement.test-support.js'
import { GPU } from '../../packages/graph/src/device/targets.js'
import { launchChromium } from '../support/chromium.js'
import { bundlePage, openPage } from '../support/page.js'
import { jobOf, wrongIn } from './op-jobs.js'
import type { WebGpuInPage } from './webgpu-page.js'

declare const webGpuInPage: WebGpuInPage

/** What came of an operation's cases. */
export interface OpResult {
  readonly op: string
  readonly cases: number
  /** Cases that agree with the interpreter, value and gradient; undefined where they were not run. */
  readonly right?: number
  /** Cases that ran on the GPU alone. */
  readonly alone?: number
  /** The first that went wrong. */
  readonly problem?: string
}

/**
 * Every operation's cases on WebGPU in headless Chromium. SwiftShader computes on the processor: what is right can be seen, how
 * fast can not.
 *
 * @param seconds after which the rest is not run
 * @param only operations by name; all where there are none
 */
export async function onWebGpu(
  seconds: number,
  only: readonly string[] = [],
): Promise<{ adapter: string | undefined; results: OpResult[] }> {
  const byOp = new Map<string, OpGraph[]>()
  const wanted = opGraphs().filter(({ op }) => only.length === 0 || only.includes(op))
  for (const graph of wanted) byOp.set(graph.op, [...(byOp.get(graph.op) ?? []), graph])
  const end = performance.now() + seconds * 1000
  const browser = await launchChromium(['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'])
  try {
    const { page } = await openPage(browser, await bundlePage(path.join(import.meta.dirname, 'webgpu-page.ts')))
    const adapter = await page.evaluate(() => webGpuInPage.adapter())
    const results: OpResult[] = []
    for (const [op, graphs] of byOp) {
      const run = adapter !== undefined && performance.now() < end
      const result: OpResult = run ? await runOp(page, op, graphs) : { op, cases: graphs.length }
      console.log(cells(result).join('  '))
      if (result.problem !== undefined) console.log(`  ${result.problem}`)
      results.push(result)
    }
    return { adapter, results }
  } finally {
    await browser.close()
  }
}

async function runOp(page: Page, op: string, graphs: readonly OpGraph[]): Promise<OpResult> {
  const cases = graphs.length
  try {
    const jobs = graphs.map((graph) => jobOf(graph, GPU))
    const results = await page.evaluate((j) => webGpuInPage.run(j), jobs)
    const alone = await page.evaluate((j) => webGpuInPage.alone(j), jobs)
    const wrong = results.flatMap((result, i) => wrongIn(graphs[i], result).slice(0, 1))
    return { op, cases, right: cases - wrong.length, alone: alone.filter(Boolean).length, problem: wrong[0] }
  } catch (error) {
    return { op, cases, problem: String(error).split('\n')[0] }
  }
}

const cells = ({ op, cases, right, alone }: OpResult): string[] =>
  right === undefined ? [op, 'not run', ''] : [op, `${right} of ${cases}`, `${alone} of ${cases}`]

/** The table of the documentation. */
export function webGpuTable(adapter: string | undefined, results: readonly OpResult[]): string {
  const sorted = results.toSorted((a, b) => (a.op < b.op ? -1 : 1))
  const wrong = sorted.filter(({ cases, right }) => right !== undefined && right < cases)
  return `# Operations on WebGPU

Written by \`npm run webgpu\`: ${adapter === undefined ? 'no adapter was found, so nothing was run' : `adapter ${adapter}`}.

- *right*: cases whose value and gradient on \`webGpuDevice()\` are the interpreter's, as for the other devices in [graph-ops.md](graph-ops.md).
- *on the GPU alone*: cases of which nothing, not even a look-up of sizes, runs in WebAssembly, where ONNX Runtime puts what it has no GPU
  kernel for.
- WGSL lets \`sin\` and \`cos\` be off by 2⁻¹¹, which is more than these tests allow.

| operation | right | on the GPU alone |
|---|---|---|
${sorted.map((result) => `| \`${result.op}\` | ${cells(result).slice(1).join(' | ')} |`).join('\n')}
${wrong.length === 0 ? '' : `\nWrong:\n\n${wrong.map(({ problem }) => `- ${problem}`).join('\n')}\n`}`
}

/** Runs all, or some, prints each; of all, writes the table. */
export async function main(seconds: number, only: readonly string[]): Promise<void> {
  const { adapter, results } = await onWebGpu(seconds, only)
  if (only.length === 0)
    await writeFile(path.resolve(import.meta.dirname, '../../docs/graph-webgpu.md'), webGpuTable(adapter, results))
  const run = results.filter(({ right }) => right !== undefined)
  const right = run.filter((r) => r.right === r.cases)
  if (adapter === undefined) console.log('No WebGPU adapter here: nothing was run.')
  console.log(
    `${results.length} operations: ${right.length} right, ${run.length - right.length} not, ${results.length - run.length} not run`,
  )
}
