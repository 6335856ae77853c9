import { describe, expect, it } from 'vitest'
import { endReservation } from '../../../src/protocols/end-reservation.ts'

describe('a reservation', () => {
  it('ends with its peer, and its time with it', () => {
    const ended: string[] = []
    const places = new Map(['1', '2'].map((name) => [name, { signal: { clear: () => ended.push(name) } }]))
    endReservation({ reservations: places }, '1')
    endReservation({ reservations: places }, '3')
    expect([...places.keys()]).toEqual(['2'])
    expect(ended).toEqual(['1'])
  })

  it('of another form than is known is an error', () => {
    expect(() => endReservation({ reservations: new Map([['1', {}]]) }, '1')).toThrow('has changed')
  })
})
