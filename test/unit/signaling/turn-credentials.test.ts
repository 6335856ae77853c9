import { describe, expect, it } from 'vitest'
import { withTurnCredentials } from '../../../signaling/turn-credentials.ts'

const stun = { urls: 'stun:a.example:3478' }
const turn = { urls: 'turn:b.example:3478' }
const fixed = { urls: 'turns:c.example:5349', username: 'u', credential: 'c' }

describe('credentials of TURN servers', () => {
  it('are made with the shared secret, end after a week, and are told no other server', () => {
    const servers = withTurnCredentials([stun, turn, fixed], { secret: 'north', nowMs: 1_767_225_600_123 })
    // printf 1767830400 | openssl dgst -sha1 -hmac north -binary | base64
    const credentials = { username: '1767830400', credential: 'BlXYSU+T7ZvhNoJ+U4kgxAazTRE=' }
    expect(servers).toEqual([stun, { ...turn, ...credentials }, fixed])
  })

  it('are left as they are configured without a secret', () => {
    expect(withTurnCredentials([stun, turn, fixed], { secret: '', nowMs: 0 })).toEqual([stun, turn, fixed])
  })
})
