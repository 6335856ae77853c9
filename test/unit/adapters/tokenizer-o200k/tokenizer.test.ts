import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { openNodeTokenizer } from '../../../../src/adapters/tokenizer-o200k/node-tokenizer.ts'
import { openTokenizerInWorker } from '../../../../src/adapters/tokenizer-o200k/worker-tokenizer.ts'
import type { CallRequest } from '../../../../src/workers/call-messages.ts'
import { createFakeWorkers, type OnCall } from '../../../support/fake-worker.ts'

describe('the o200k tokenizer', () => {
  const tokenizer = openNodeTokenizer()

  it('counts as OpenAI’s models do', async () => {
    expect(tokenizer.encoding).toBe('o200k_base')
    // The example of OpenAI's cookbook, "How to count tokens with tiktoken", and the empty text.
    expect(await tokenizer.count(['tiktoken is great!', 'お誕生日おめでとう', ''])).toEqual([6, 8, 0])
  })

  it('counts what looks like a control token as text', async () => {
    const [control = 0] = await tokenizer.count(['<|endoftext|>'])
    expect(control).toBeGreaterThan(1)
  })

  it('counts runs without a break in time that grows with their length', async () => {
    const runs = ['中文字符', 'a', '=', ' ', '\u0301'].map((part) => part.repeat(20_000))
    const startedMs = performance.now()
    for (const tokens of await tokenizer.count(runs)) expect(tokens).toBeGreaterThan(0)
    expect(performance.now() - startedMs).toBeLessThan(20_000)
  })

  it('counts texts that are no valid Unicode', async () => {
    expect((await tokenizer.count(['\ud800x']))[0]).toBeGreaterThan(0)
  })

  it('refuses once closed', async () => {
    const closed = openNodeTokenizer()
    closed.close()
    await expect(closed.count(['x'])).rejects.toMatchObject({ code: 'aborted' })
  })
})

/** Counts a text's characters. */
const counts: OnCall = (call, worker) => {
  const [texts] = call.parameters as [string[]]
  worker.finish(
    call,
    texts.map(({ length }) => length),
  )
}

describe('the tokenizer in a worker', () => {
  it('starts with the first count, and gives each count its reply', async () => {
    const { workers, start } = createFakeWorkers((call, worker) =>
      call.id === 2 ? worker.fail(call, 'internal', 'No') : counts(call, worker),
    )
    const tokenizer = openTokenizerInWorker(start)
    expect(workers).toHaveLength(0)
    const counted = [tokenizer.count(['a']), tokenizer.count(['b', 'cd']), tokenizer.count(['e'])]
    expect(await counted[0]).toEqual([1])
    expect(await counted[1]).toEqual([1, 2])
    await expect(counted[2]).rejects.toMatchObject({ code: 'internal', message: 'No' })
    expect(workers).toHaveLength(1)
  })

  it('fails open counts when its worker breaks down, and starts another for the next', async () => {
    const { workers, start } = createFakeWorkers((_, worker) => worker.breakDown(), counts)
    const tokenizer = openTokenizerInWorker(start)
    await expect(tokenizer.count(['a'])).rejects.toMatchObject({ code: 'internal' })
    expect(workers[0]?.isTerminated).toBe(true)
    expect(await tokenizer.count(['a'])).toEqual([1])
    tokenizer.close()
    expect(workers[1]?.isTerminated).toBe(true)
    await expect(tokenizer.count(['a'])).rejects.toMatchObject({ code: 'aborted' })
  })

  it('ends its worker when nothing was counted for half a minute, and only then', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const calls: CallRequest[] = []
    const { workers, start } = createFakeWorkers((call) => calls.push(call))
    const tokenizer = openTokenizerInWorker(start)

    async function count(waitMs: number): Promise<void> {
      const counted = tokenizer.count(['a'])
      await Promise.resolve()
      vi.advanceTimersByTime(waitMs)
      expect(workers[0]?.isTerminated).toBe(false)
      const [call] = calls.splice(0)
      if (call !== undefined) workers[0]?.finish(call, [1])
      expect(await counted).toEqual([1])
    }

    await count(60_000)
    vi.advanceTimersByTime(20_000)
    await count(20_000)
    expect(workers[0]?.isTerminated).toBe(false)
    vi.advanceTimersByTime(30_000)
    expect(workers[0]?.isTerminated).toBe(true)
    expect(workers).toHaveLength(1)
  })
})
