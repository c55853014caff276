/** Unit tests that cannot run in a page, each with its reason. */
export const EXCLUDED: Readonly<Record<string, string>> = {
  'robust/allocation.test.ts': 'reads the heap’s size from Node’s process',
  'solvers/allocation.test.ts': 'reads the heap’s size from Node’s process',
}
