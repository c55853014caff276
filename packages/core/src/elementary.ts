/**
 * Elementary functions whose results have the same bits on every engine: only + − × ÷ √, rounding to f32 and bit
 * operations, in one fixed order. ECMAScript leaves the accuracy of `Math.sin` and its kin open, and engines differ; the
 * promise of same bits stands on these. Arguments and special cases are those of `Math`.
 *
 * The polynomials and their error bounds are those of fdlibm ("Freely Distributable LIBM", Sun Microsystems, 1993; some as
 * revised in FreeBSD's msun by S. G. Kargl, B. D. Evans and D. Schultz).
 */
export { exp, expm1 } from './elementary/exp.js'
export { cosh, sinh, tanh } from './elementary/hyperbolic.js'
export { acos, asin, atan, atan2 } from './elementary/inverse-trig.js'
export { log, log1p, log2, log10 } from './elementary/log.js'
export { pow } from './elementary/pow.js'
export { cbrt, hypot } from './elementary/roots.js'
export { cos, sin, sincos, tan } from './elementary/trig.js'
