/** Unit tests that cannot run in a page, each with its reason. */
export const EXCLUDED: Readonly<Record<string, string>> = {
  'solvers/allocation.test.ts': 'reads the heap’s size from Node’s process',
}
