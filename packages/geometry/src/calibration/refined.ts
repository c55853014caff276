import { EpipoleError } from '@epipole/core'
import type { CameraModel } from '../camera/camera.js'
import { lensOf } from '../camera/models.js'

/**
 * Which parameters of a camera a calibration refines: 1 free, 0 constant.
 *
 * @throws EpipoleError `usage` for a name that is no parameter
 */
export function refined(
  model: CameraModel,
  {
    fixed = [],
    fixPrincipalPoint = false,
  }: { readonly fixed?: readonly string[] | undefined; readonly fixPrincipalPoint?: boolean | undefined },
): Uint8Array {
  const { paramNames, principalPointParams } = lensOf(model)
  const refine = new Uint8Array(paramNames.length).fill(1)
  if (fixPrincipalPoint) for (const i of principalPointParams) refine[i] = 0
  for (const name of fixed) {
    const i = paramNames.indexOf(name)
    if (i < 0) {
      throw new EpipoleError('usage', `A ${model} camera has no parameter ${name}; it has ${paramNames.join(', ')}.`, {
        model,
        parameter: name,
      })
    }
    refine[i] = 0
  }
  return refine
}

/** Indices of what `refined` says is free. */
export function freeParameters(model: CameraModel, options: Parameters<typeof refined>[1]): number[] {
  const refine = refined(model, options)
  return Array.from(refine.keys()).filter((k) => refine[k] === 1)
}
