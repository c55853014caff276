#!/usr/bin/env node
// Plain old JavaScript up to the check, so that any Node can say what is missing.
var version = process.versions.node.split('.')
var major = Number(version[0])
var minor = Number(version[1])
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`epipole needs Node 20.19 or newer; this is ${process.version}. See https://nodejs.org/en/download`)
  process.exit(2)
}
import('../dist/cli/main.js').then(
  (cli) => cli.main(process.argv.slice(2)),
  (error) => {
    if (error && error.code === 'ERR_MODULE_NOT_FOUND' && /cli[\\/]main\.js/.test(error.message)) {
      console.error('epipole is not built yet. Run: npm run build')
      process.exit(70)
    }
    throw error
  },
)
