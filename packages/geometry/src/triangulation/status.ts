/** What became of a triangulation, as a number for hot loops: 0 is success. */
export const TRIANGULATED = 0
/** Fewer than two views, or fewer than two that agree. */
export const TOO_FEW_VIEWS = 1
/** The rays are parallel or the centres coincide: no finite point. */
export const DEGENERATE = 2
/** The point is not in front of every camera that sees it. */
export const BEHIND = 3
/** The rays meet under too small an angle for the depth to be trusted. */
export const SMALL_ANGLE = 4
/** The point projects too far from where it was seen. */
export const LARGE_ERROR = 5

export type TriangulationStatus =
  | typeof TRIANGULATED
  | typeof TOO_FEW_VIEWS
  | typeof DEGENERATE
  | typeof BEHIND
  | typeof SMALL_ANGLE
  | typeof LARGE_ERROR

/** The words of the status codes, by code. */
export const TRIANGULATION_REASONS = ['ok', 'few-views', 'degenerate', 'behind', 'angle', 'error'] as const

export type TriangulationReason = (typeof TRIANGULATION_REASONS)[number]
