import type { Device } from '@epipole/graph'

/** ONNX Runtime in Node, loaded only by those who train; the first use tells how to install it where it is missing. */
export async function openDevice(): Promise<Device> {
  const { nodeDevice } = await import('@epipole/graph/node')
  return nodeDevice()
}
