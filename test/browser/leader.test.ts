import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { electLeader, type Leadership } from '../../src/adapters/leader-web-locks/leader.ts'

describe('leader election', () => {
  let lockName: string
  let members: Leadership[]
  beforeEach(() => {
    lockName = `leader-${crypto.randomUUID()}`
    members = []
  })
  afterEach(() => members.forEach((member) => member.release()))

  async function join(): Promise<Leadership> {
    const member = await electLeader({ lockName })
    members.push(member)
    return member
  }

  const takenOver = (member: Leadership): Promise<void> =>
    new Promise((resolve) => member.onTakenOver(() => resolve()))

  it('makes the first tab the leader and every later one a follower', async () => {
    const first = await join()
    await first.whenLeader
    const second = await join()
    const third = await join()
    expect([first, second, third].map((member) => member.role)).toEqual(['leader', 'follower', 'follower'])
  })

  it('gives the lead to the next in the queue when the leader goes', async () => {
    const [first, second, third] = [await join(), await join(), await join()]
    first.release()
    await second.whenLeader
    expect([first, second, third].map((member) => member.role)).toEqual(['follower', 'leader', 'follower'])
    second.release()
    await third.whenLeader
    expect(third.role).toBe('leader')
  })

  it('lets a tab that was taken over queue again at once', async () => {
    const [first, second] = [await join(), await join()]
    let again: Leadership | undefined
    first.onTakenOver(async () => {
      again = await join()
    })
    await second.takeOver()
    expect([first, second, again].map((member) => member?.role)).toEqual(['follower', 'leader', 'follower'])
    second.release()
    await again?.whenLeader
    expect(again?.role).toBe('leader')
  })

  it('passes over a tab that left the queue', async () => {
    const [first, second, third] = [await join(), await join(), await join()]
    second.release()
    first.release()
    await third.whenLeader
    expect(second.role).toBe('follower')
  })

  it('lets a follower take over once the leader has closed what it has open', async () => {
    const [first, second, third] = [await join(), await join(), await join()]
    const events: string[] = []
    first.onTakenOver(async () => {
      events.push('closing')
      await new Promise((resolve) => setTimeout(resolve, 0))
      events.push('closed')
    })
    await third.takeOver()
    events.push('leads')
    expect(events).toEqual(['closing', 'closed', 'leads'])
    expect([first, second, third].map((member) => member.role)).toEqual(['follower', 'follower', 'leader'])
    await third.whenLeader
    third.release()
    await second.whenLeader
  })

  it('hands the lead back and forth', async () => {
    const [first, second] = [await join(), await join()]
    await second.takeOver()
    const lost = takenOver(second)
    await first.takeOver()
    await lost
    expect([first.role, second.role]).toEqual(['leader', 'follower'])
  })

  it('takes over even when closing fails', async () => {
    const [first, second] = [await join(), await join()]
    first.onTakenOver(() => Promise.reject(new Error('The disk is gone')))
    await second.takeOver()
    expect(second.role).toBe('leader')
  })

  it('tells a late listener that the lead is gone', async () => {
    const [first, second] = [await join(), await join()]
    await second.takeOver()
    await takenOver(first)
  })

  it('does not wait for a leader that never answers', async () => {
    let loseLock: (reason: unknown) => void = () => undefined
    const lost = new Promise((resolve) => (loseLock = resolve))
    const held = new Promise<void>((resolve) => {
      navigator.locks
        .request(lockName, () => {
          resolve()
          return new Promise(() => undefined)
        })
        .catch(loseLock)
    })
    await held
    const member = await join()
    expect(member.role).toBe('follower')
    await member.takeOver()
    expect(member.role).toBe('leader')
    expect(await lost).toMatchObject({ name: 'AbortError' })
  })

  it('tells a leader whose lock another tab took without asking', async () => {
    const first = await join()
    const lost = takenOver(first)
    await navigator.locks.request(lockName, { steal: true }, () => undefined)
    await lost
    expect(first.role).toBe('follower')
  })
})
