/** The distance to nothing. */
export const NONE: i32 = 0x7fffffff
