/**
 * The size of Levenberg–Marquardt's trust region and its rule (Nielsen, "Damping parameter in Marquardt's method", 1999;
 * as in Ceres): the normal equations are damped by diag(JᵀJ)/radius.
 */
export interface TrustRegion {
  radius: number
  /** What the next refusal divides the radius by; doubles with each refusal in a row. */
  shrink: number
}

const MAX_RADIUS = 1e14
const MIN_RADIUS = 1e-20

/** @param radius 1e4 damps by 1e-4 of the diagonal: nearly Gauss–Newton */
export function trustRegion(radius = 1e4): TrustRegion {
  return { radius, shrink: 2 }
}

/** After an accepted step. @param quality actual over predicted decrease of the cost */
export function widen(region: TrustRegion, quality: number): void {
  const q = 2 * quality - 1
  region.radius = Math.min(MAX_RADIUS, region.radius / Math.max(1 / 3, 1 - q * q * q))
  region.shrink = 2
}

/** After an accepted step of a line search: the length to try next. */
export function restart(region: TrustRegion, length: number): void {
  region.radius = length
  region.shrink = 2
}

/** After a refused step. @returns false where the region has vanished: no step helps any more */
export function narrow(region: TrustRegion): boolean {
  region.radius /= region.shrink
  region.shrink *= 2
  return region.radius > MIN_RADIUS
}
