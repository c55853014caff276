import { defaultWorkers, EpipoleError } from '@epipole/core'
import type { Runtime } from './runtime.js'

export interface NodeRuntimeOptions {
  /** Threads that compute; by default as many as the machine has processors for this process. */
  readonly threads?: number
  /**
   * Let idle threads spin for the next piece of work. It saves some microseconds an operation and takes the processor from
   * everything else, such as the workers that prepare the next batch: off unless told.
   */
  readonly spinning?: boolean
  /** Write the runtime's own profile (a JSON trace of every kernel) to files that begin so. */
  readonly profile?: string
}

/** The one place that loads `onnxruntime-node`. */
export async function nodeRuntime({ threads, spinning = false, profile }: NodeRuntimeOptions): Promise<Runtime> {
  const ort = await import('onnxruntime-node').catch((cause: unknown) => {
    throw missing(cause)
  })
  const { Tensor, InferenceSession } = (ort.default ?? ort) as unknown as Runtime
  return {
    Tensor,
    InferenceSession,
    writesIntoTensors: true,
    mayHaveBlocks: true,
    sessionOptions: {
      executionProviders: ['cpu'],
      intraOpNumThreads: threads ?? defaultWorkers(),
      interOpNumThreads: 1,
      // (What it says in errors is in ours: nothing else is printed.)
      logSeverityLevel: 4,
      extra: { session: { intra_op: { allow_spinning: spinning ? '1' : '0' } } },
      ...(profile !== undefined && { enableProfiling: true, profileFilePrefix: profile }),
    },
  }
}

/** What to do where it cannot be loaded: it is not installed, or has no binary for this platform. */
export function missing(cause: unknown, platform = `${process.platform}-${process.arch}`): EpipoleError {
  const { code, message = '' } = cause as { code?: string; message?: string }
  const absent = /^(ERR_)?MODULE_NOT_FOUND$/.test(code ?? '') && !message.includes('onnxruntime_binding')
  const words = absent
    ? 'The native device needs the package onnxruntime-node. Install it with: ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node (the variable leaves out GPU libraries, which are not used).'
    : `onnxruntime-node has no binary that runs on ${platform} (${message.split('\n')[0]}). Take WebAssembly instead: npm install onnxruntime-web, and webDevice from @epipole/graph/web.`
  return new EpipoleError('unsupported', words, { platform }, { cause: cause as Error })
}
