import { digests } from './digest.js'

Object.assign(globalThis, { digests })
