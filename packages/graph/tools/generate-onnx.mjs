// Writes src/onnx/onnx.generated.ts from the ONNX project's onnx.proto (Debian: libonnx-dev and protobuf-compiler; the plugin by
// `npm install --prefix DIR @bufbuild/protoc-gen-es@2`). Run by hand when the format gains something we want:
//   node packages/graph/tools/generate-onnx.mjs /usr/include/onnx/onnx.proto DIR/node_modules/.bin/protoc-gen-es
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

const [proto, plugin] = process.argv.slice(2)
const folder = mkdtempSync(path.join(tmpdir(), 'onnx-'))
execFileSync('protoc', [
  `--plugin=protoc-gen-es=${plugin}`,
  `--es_out=${folder}`,
  '--es_opt=target=ts,import_extension=js',
  `--proto_path=${path.dirname(proto)}`,
  path.basename(proto),
])
const code = readFileSync(path.join(folder, 'onnx_pb.ts'), 'utf8')
  // The format's commentary is read in onnx.proto.
  .replace(/^ *\/\*\*[\s\S]*?\*\/\n/gm, '')
  // Types must be erasable, which enums are not.
  .replace(/export enum (\w+) \{([\s\S]*?)\}/g, (_, name, body) => {
    const entries = body.replace(/(\w+) = (\d+)/g, '$1: $2')
    return `export const ${name} = {${entries}} as const\nexport type ${name} = (typeof ${name})[keyof typeof ${name}]`
  })
  .replace(/\n\n+( |\})/g, '\n$1')
writeFileSync(new URL('../src/onnx/onnx.generated.ts', import.meta.url), code)
rmSync(folder, { recursive: true })
