import { coreProbes } from './core.js'
import { featuresProbes } from './features.js'
import { geometryProbes } from './geometry.js'
import { sfmProbes } from './sfm.js'

/** A computation whose result, any plain data, must have the same bits wherever it runs. */
export type Probe = () => unknown

/**
 * Every computation whose bits are compared between engines, by name. A package has a file of probes beside `core.ts` and
 * one line here.
 */
export const probes: Readonly<Record<string, Probe>> = {
  ...coreProbes,
  ...geometryProbes,
  ...featuresProbes,
  ...sfmProbes,
}
