import { webGpuRuntime } from '../../packages/graph/dist/device/webgpu-runtime.js'
import { type Job, jobsIn } from './jobs.js'

const webGpuInPage = {
  /** The adapter's name; undefined where there is none. */
  async adapter(): Promise<string | undefined> {
    const { gpu } = navigator as unknown as {
      gpu?: { requestAdapter(): Promise<{ info: { vendor: string; architecture: string } } | null> }
    }
    const info = (await gpu?.requestAdapter())?.info
    return info && [info.vendor, info.architecture].filter(Boolean).join(' ')
  },

  run: (jobs: readonly Job[]) => jobsIn(() => webGpuRuntime({}), jobs),

  /** Whether each model runs on the GPU alone, nothing of it in WebAssembly. */
  async alone(jobs: readonly Job[]): Promise<boolean[]> {
    const { InferenceSession, sessionOptions } = await webGpuRuntime({})
    const strict = { ...sessionOptions, extra: { session: { disable_cpu_ep_fallback: '1' } } }
    const results: boolean[] = []
    for (const { model } of jobs) {
      const bytes = Uint8Array.from(atob(model), (c) => c.charCodeAt(0))
      const session = await InferenceSession.create(bytes, strict).catch(() => undefined)
      results.push(session !== undefined)
      await session?.release()
    }
    return results
  },
}
export type WebGpuInPage = typeof webGpuInPage
Object.assign(globalThis, { webGpuInPage })
