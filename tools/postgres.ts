import { spawnSync } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'
import { join } from 'node:path'

const usualPlaces = ['/usr/lib/postgresql/*/bin', '/usr/local/pgsql/bin', '/opt/homebrew/opt/postgresql*/bin']

/** Folder of a PostgreSQL server's programs: `POSTGRES_BIN`, else the newest of the usual places; undefined without one. */
export function findPostgres(): string | undefined {
  const folders = globSync(usualPlaces).sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
  const candidates = [process.env['POSTGRES_BIN'], ...folders]
  return candidates.find((folder) => folder !== undefined && existsSync(join(folder, 'initdb')))
}

/** Installs Debian's PostgreSQL where there is none and that is possible without asking for anything. */
export function providePostgres(): void {
  if (findPostgres() !== undefined) return
  if (!existsSync('/usr/bin/apt-get') || process.getuid?.() !== 0) return
  console.error('No PostgreSQL found: installing the package "postgresql" …')
  spawnSync('apt-get', ['update'], { stdio: 'ignore' })
  spawnSync('apt-get', ['install', '-y', '--no-install-recommends', 'postgresql'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
}
