import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startServer, type TestServer } from '../../test/support/start-server.ts'

/** Runs something with a server of its own that offers the page in a folder and no documents; `environment` as for `startServer`. */
export async function withServer<T>(
  directory: string,
  use: (server: TestServer) => Promise<T>,
  environment: Readonly<Record<string, string>> = {},
): Promise<T> {
  const server = await startServer({
    LOREMESH_DIST_DIR: directory,
    LOREMESH_SEEDER: 'false',
    LOREMESH_NETWORK_NAME: 'loremesh-bench',
    ...environment,
  })
  try {
    return await use(server)
  } finally {
    await server.stop()
  }
}

/** The same with an empty page, for what runs without tabs. */
export async function withBareServer<T>(
  use: (server: TestServer) => Promise<T>,
  environment: Readonly<Record<string, string>> = {},
): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'loremesh-bench-dist-'))
  writeFileSync(join(directory, 'index.html'), '')
  try {
    return await withServer(directory, use, environment)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
