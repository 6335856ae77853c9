import { createReadStream, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin } from 'vite'
import { useLite } from '../src/adapters/embedding-transformers/use-lite.ts'
import { buildUseLite } from './build-use-lite.ts'

/** Puts the app's own model below `/models/`: into the built app, and into what the development server answers. */
export function shipModels(): Plugin {
  return {
    name: 'loremesh:ship-models',
    configureServer({ middlewares }) {
      middlewares.use(useLite.folder, (request, response, next) => {
        const [path = ''] = (request.url ?? '').slice(1).split('?')
        const file = useLite.files.find((one) => one.path === path)
        if (file === undefined) {
          next()
          return
        }
        const source = join(buildUseLite(), path)
        const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
        response.writeHead(start > 0 ? 206 : 200, { 'content-length': statSync(source).size - start })
        createReadStream(source, { start }).pipe(response)
      })
    },
    generateBundle() {
      const folder = buildUseLite()
      for (const { path } of useLite.files) {
        this.emitFile({
          type: 'asset',
          fileName: useLite.folder.slice(1) + path,
          source: readFileSync(join(folder, path)),
        })
      }
    },
  }
}
