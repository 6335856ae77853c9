import { describe, expect, it } from 'vitest'
import { toNetworkError } from '../../../../src/adapters/network-libp2p/abortable.ts'

describe('an error of the network', () => {
  it('says what failed and why', () => {
    expect(toNetworkError(new Error('no route'), 'Dialling it')).toMatchObject({
      code: 'not-connected',
      message: 'Dialling it failed: no route',
    })
  })

  it('says only what failed when the browser names no reason', () => {
    expect(toNetworkError(new Event('error'), 'Dialling it').message).toBe('Dialling it failed')
  })

  it('tells a limit of time from being stopped', () => {
    const named = (name: string) => Object.assign(new Error('x'), { name })
    expect(toNetworkError(named('TimeoutError'), 'Dialling it').code).toBe('timeout')
    expect(toNetworkError(named('AbortError'), 'Dialling it').code).toBe('aborted')
  })
})
