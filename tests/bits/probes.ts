import { coreProbes } from './core.js'

/** Numbers that must have the same bits wherever they are computed, as an ArrayBuffer view. */
export type Probe = () => ArrayBufferView | Promise<ArrayBufferView>

/**
 * Every computation whose bits are compared between engines, by name. A package adds a file of probes beside `core.ts` and
 * one line here.
 */
export const probes: Readonly<Record<string, Probe>> = { ...coreProbes }
