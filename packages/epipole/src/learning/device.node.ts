import { EpipoleError } from '@epipole/core'
import type { Device } from '@epipole/graph'

/** ONNX Runtime in Node; an `unsupported` error says how to install it. */
export async function openDevice(): Promise<Device> {
  try {
    const { nodeDevice } = await import('@epipole/graph/node')
    return nodeDevice()
  } catch (error) {
    throw new EpipoleError(
      'unsupported',
      'Training runs on ONNX Runtime, which is not installed: ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node.',
      {},
      { cause: error },
    )
  }
}
