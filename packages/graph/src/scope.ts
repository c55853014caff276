// Tracing is synchronous, so the scope belongs to the one trace that runs.
let scope = ''

/** The layer that is being traced, '' outside of all. */
export const currentScope = (): string => scope

/** Runs `build`; nodes made meanwhile carry `name` behind the scopes around it (`stage1.conv`). */
export function withScope<T>(name: string, build: () => T): T {
  const outer = scope
  scope = outer === '' ? name : `${outer}.${name}`
  try {
    return build()
  } finally {
    scope = outer
  }
}
