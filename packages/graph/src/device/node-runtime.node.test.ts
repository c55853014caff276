import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { missing } from './node-runtime.node.js'

function caught(load: () => unknown): unknown {
  try {
    return load()
  } catch (error) {
    return error
  }
}

test('a package that is not installed is named with the command that installs it', () => {
  // What Node says of a package that is not there.
  const require = createRequire(import.meta.url)
  const error = missing(caught(() => require('onnxruntime-node-that-is-not-there')))
  expect(error.code).toBe('unsupported')
  expect(error.message).toContain('ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node')
})

test('where there is no native binary, the one for WebAssembly is named', () => {
  // As the package's loader fails on a platform without a folder of its own, and where the library is too old for the binary.
  const none = Object.assign(new Error("Cannot find module '../bin/napi-v6/freebsd/x64/onnxruntime_binding.node'"), {
    code: 'MODULE_NOT_FOUND',
  })
  const old = Object.assign(new Error("/lib/libc.so.6: version `GLIBC_2.28' not found"), { code: 'ERR_DLOPEN_FAILED' })
  for (const cause of [none, old]) {
    const { message } = missing(cause, 'freebsd-x64')
    expect(message).toContain('no binary that runs on freebsd-x64')
    expect(message).toContain('npm install onnxruntime-web')
  }
})
