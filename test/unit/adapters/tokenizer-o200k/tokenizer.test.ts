import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { openNodeTokenizer } from '../../../../src/adapters/tokenizer-o200k/node-tokenizer.ts'
import {
  openTokenizerInWorker,
  type TokenizerWorker,
} from '../../../../src/adapters/tokenizer-o200k/worker-tokenizer.ts'
import type { CountReply, CountRequest } from '../../../../src/adapters/tokenizer-o200k/worker-messages.ts'

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

/** A worker whose replies and failures the test gives. */
function createFakeWorker() {
  const listeners = new Map<string, (event: unknown) => void>()
  const requests: CountRequest[] = []
  let isEnded = false
  const worker = {
    addEventListener: (type: string, listener: (event: unknown) => void) =>
      void listeners.set(type, listener),
    postMessage: (request: CountRequest) => void requests.push(request),
    terminate: () => void (isEnded = true),
  }
  return {
    worker: worker as unknown as TokenizerWorker,
    requests,
    isEnded: () => isEnded,
    reply: (data: CountReply) => listeners.get('message')?.({ data }),
    fail: () => listeners.get('error')?.({}),
  }
}

describe('the tokenizer in a worker', () => {
  it('starts with the first count, and gives each count its reply', async () => {
    const fakes = [createFakeWorker()]
    let started = 0
    const tokenizer = openTokenizerInWorker(() => fakes[started++]?.worker ?? createFakeWorker().worker)
    expect(started).toBe(0)
    const counts = [tokenizer.count(['a']), tokenizer.count(['b', 'c']), tokenizer.count(['d'])]
    fakes[0]?.reply({ id: 1, type: 'done', counts: [2, 3] })
    fakes[0]?.reply({ id: 0, type: 'done', counts: [1] })
    fakes[0]?.reply({ id: 2, type: 'failed', message: 'No' })
    expect(await counts[1]).toEqual([2, 3])
    expect(await counts[0]).toEqual([1])
    await expect(counts[2]).rejects.toMatchObject({ code: 'internal', message: 'No' })
    expect(started).toBe(1)
  })

  it('fails open counts when its worker breaks down, and starts another for the next', async () => {
    const fakes = [createFakeWorker(), createFakeWorker()] as const
    let started = 0
    const tokenizer = openTokenizerInWorker(() => fakes[started++ === 0 ? 0 : 1].worker)
    const lost = tokenizer.count(['a'])
    fakes[0].fail()
    await expect(lost).rejects.toMatchObject({ code: 'internal' })
    expect(fakes[0].isEnded()).toBe(true)
    const next = tokenizer.count(['a'])
    fakes[1].reply({ id: fakes[1].requests[0]?.id ?? -1, type: 'done', counts: [1] })
    expect(await next).toEqual([1])
    tokenizer.close()
    expect(fakes[1].isEnded()).toBe(true)
    await expect(tokenizer.count(['a'])).rejects.toMatchObject({ code: 'aborted' })
  })

  it('ends its worker when nothing was counted for half a minute, and only then', async () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const fake = createFakeWorker()
    const tokenizer = openTokenizerInWorker(() => fake.worker)
    const first = tokenizer.count(['a'])
    vi.advanceTimersByTime(60_000)
    expect(fake.isEnded()).toBe(false)
    fake.reply({ id: 0, type: 'done', counts: [1] })
    await first
    vi.advanceTimersByTime(20_000)
    const second = tokenizer.count(['b'])
    vi.advanceTimersByTime(20_000)
    fake.reply({ id: 1, type: 'done', counts: [2] })
    expect(await second).toEqual([2])
    expect(fake.isEnded()).toBe(false)
    vi.advanceTimersByTime(30_000)
    expect(fake.isEnded()).toBe(true)
  })
})
