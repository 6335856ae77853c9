import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'

const run = promisify(execFile)
const MEASURE = fileURLToPath(new URL('../../support/fuzz/decoder-branches.ts', import.meta.url))
const CASES = 8_000
const MIN_SHARE = 0.9

const measured = v.object({ share: v.number(), branches: v.number(), failures: v.array(v.string()) })

describe('messages of the ledger that are almost right', () => {
  it('take nine of ten branches of the decoders at least', async () => {
    const { stdout } = await run(process.execPath, [MEASURE, `${CASES}`], { maxBuffer: 2 ** 26 })
    const { share, branches, failures } = v.parse(measured, JSON.parse(stdout))
    expect(failures).toEqual([])
    expect(branches).toBeGreaterThan(500)
    expect(share).toBeGreaterThanOrEqual(MIN_SHARE)
  }, 120_000)
})
