// No switched-off checks, no tests that do not run, nothing left for later.
import { isTest, problem, walk } from './sources.mjs'

const forbidden = [
  [/@ts-(ignore|nocheck)/, 'switches the type checker off: fix the type'],
  [
    /@ts-expect-error/,
    'expects a type error: fix the type (in a test it may pin that misuse does not compile)',
    'tests',
  ],
  [/\b(TODO|FIXME|XXX)\b/, 'is work left for later: do it, or file it'],
]
const runners = new Set(['test', 'it', 'describe', 'suite'])
const notRunning = new Set(['skip', 'only', 'todo', 'fails', 'skipIf', 'runIf'])
/** A test of what only one operating system has may ask for it. */
const asksForPlatform = /^(runIf|skipIf)\(process\.platform /

export function checkHygiene(source) {
  const problems = []
  for (const comment of source.comments) {
    for (const [pattern, message, allowed] of forbidden) {
      if (allowed === 'tests' && isTest(source.file)) continue
      if (pattern.test(comment.value))
        problems.push(problem(source, comment.start, `${pattern.exec(comment.value)[0]} ${message}`))
    }
  }
  if (!isTest(source.file)) return problems
  walk(source.program, (node) => {
    if (node.type !== 'MemberExpression' || !notRunning.has(node.property.name)) return
    if (asksForPlatform.test(source.text.slice(node.property.start))) return
    let object = node.object
    while (object.type === 'MemberExpression') object = object.object
    if (object.type === 'Identifier' && runners.has(object.name)) {
      problems.push(problem(source, node.start, `${object.name}.${node.property.name} keeps tests from running`))
    }
  })
  return problems
}
