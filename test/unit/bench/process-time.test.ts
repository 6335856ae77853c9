import { execFile } from 'node:child_process'
import { expect, it } from 'vitest'
import { readFamilyCpuMs } from '../../../bench/process-time.ts'

const LONG_MS = 300
const busy = `const end = Date.now() + ${2 * LONG_MS}; while (Date.now() < end); process.stdout.write('x'); setInterval(() => {}, 1000)`

it.runIf(process.platform === 'linux')(
  'counts the processor time of processes that this one started',
  async () => {
    const child = execFile(process.execPath, ['-e', busy])
    try {
      const before = readFamilyCpuMs()
      await new Promise((resolve) => child.stdout?.once('data', resolve))
      expect(readFamilyCpuMs() - before).toBeGreaterThan(LONG_MS / 4)
    } finally {
      child.kill()
    }
  },
)
