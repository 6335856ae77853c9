import { readdirSync, readFileSync } from 'node:fs'

/** Ends every process of the browser that uses this profile at once, as a crash or a power cut would. */
export function killBrowser(profileDirectory: string): void {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    if (!usesProfile(pid, profileDirectory)) continue
    try {
      process.kill(Number(pid), 'SIGKILL')
    } catch (error) {
      // It ended by itself between the two.
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
    }
  }
}

function usesProfile(pid: string, profileDirectory: string): boolean {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
    return words.includes(`--user-data-dir=${profileDirectory}`)
  } catch {
    return false // It is gone.
  }
}
