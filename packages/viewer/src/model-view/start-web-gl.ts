import { EpipoleError } from '@epipole/core'
import { WebGLRenderer } from 'three'

/** @throws EpipoleError `unsupported` where WebGL 2 is missing */
export function startWebGl(): WebGLRenderer {
  const canvas = document.createElement('canvas')
  const context = canvas.getContext('webgl2', { antialias: true, alpha: false, powerPreference: 'high-performance' })
  if (!context) {
    throw new EpipoleError(
      'unsupported',
      'This browser gives no WebGL 2, so the model cannot be drawn in three dimensions.',
    )
  }
  return new WebGLRenderer({ canvas, context, antialias: true })
}
