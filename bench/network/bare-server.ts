import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startServer, type TestServer } from '../../test/support/start-server.ts'

/** Runs something with a server of its own that has no app to offer and no documents; `environment` as for `startServer`. */
export async function withBareServer<T>(
  use: (server: TestServer) => Promise<T>,
  environment: Readonly<Record<string, string>> = {},
): Promise<T> {
  const distDir = mkdtempSync(join(tmpdir(), 'loremesh-bench-dist-'))
  writeFileSync(join(distDir, 'index.html'), '')
  try {
    const server = await startServer({
      LOREMESH_DIST_DIR: distDir,
      LOREMESH_SEEDER: 'false',
      LOREMESH_NETWORK_NAME: 'loremesh-bench',
      ...environment,
    })
    try {
      return await use(server)
    } finally {
      await server.stop()
    }
  } finally {
    rmSync(distDir, { recursive: true, force: true })
  }
}
