/** Made by packages/viewer/tools/bundle.mjs into dist/report/viewer-page.js: the viewer as text to be inlined. */

/** One classic script. */
export const script: string
/** `sha256-…` of the script, for the content security policy. */
export const scriptHash: string
export const style: string
