import { build } from 'rolldown'

/*
 * The component with everything in it, for one <script type="module">: `npm start` runs this whenever its sources have
 * changed (src/local/prepare-web.mjs).
 */

export const bundleFile = 'web/inbox/dist/carillon-inbox.js'

await build({
  input: 'web/inbox/carillon-inbox.ts',
  platform: 'browser',
  output: { file: bundleFile, format: 'esm', minify: true, sourcemap: true },
})
