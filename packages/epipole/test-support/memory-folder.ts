type Entry = { kind: 'file'; bytes: Uint8Array } | { kind: 'folder'; handle: FileSystemDirectoryHandle }

const missing = () => new DOMException('no such entry', 'NotFoundError')

/** The parts of a browser's private file system that the store uses, in memory. */
export function memoryFolder(): FileSystemDirectoryHandle {
  const entries = new Map<string, Entry>()
  const folder = {
    kind: 'directory',
    async getDirectoryHandle(name: string, { create = false } = {}) {
      const entry = entries.get(name)
      if (entry?.kind === 'folder') return entry.handle
      if (entry || !create) throw missing()
      const handle = memoryFolder()
      entries.set(name, { kind: 'folder', handle })
      return handle
    },
    async getFileHandle(name: string, { create = false } = {}) {
      if (!entries.has(name)) {
        if (!create) throw missing()
        entries.set(name, { kind: 'file', bytes: new Uint8Array(0) })
      }
      const file = entries.get(name) as Entry & { kind: 'file' }
      return {
        kind: 'file',
        name,
        getFile: async () => new Blob([file.bytes as BlobPart]),
        createWritable: async () => {
          let swap = new Uint8Array(0)
          return {
            write: async (bytes: Uint8Array) => {
              swap = Uint8Array.from([...swap, ...bytes])
            },
            close: async () => {
              file.bytes = swap
            },
            abort: async () => {},
          }
        },
      }
    },
    async removeEntry(name: string) {
      if (!entries.delete(name)) throw missing()
    },
    async *keys() {
      yield* entries.keys()
    },
  }
  return folder as unknown as FileSystemDirectoryHandle
}
