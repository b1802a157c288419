import { rolldown } from 'rolldown'

/*
 * The component with everything in it, for one <script type="module">. Runs whenever its sources have changed
 * (src/local/prepare-web.mjs). An argument is where else to write it.
 */

const [file = 'web/inbox/dist/carillon-inbox.js'] = process.argv.slice(2)

const bundle = await rolldown({ input: 'web/inbox/carillon-inbox.ts', platform: 'browser', logLevel: 'warn' })
await bundle.write({ file, format: 'esm', minify: true, sourcemap: true })
await bundle.close()
