import { encode } from 'uqr'
import { describe, expect, it } from 'vitest'
import { describeInvitation } from '../../../src/ui/screens/network/describe-invitation.ts'
import { createQrCode } from '../../../src/ui/screens/network/qr-code.ts'

/** The modules that a path of rectangles of height 1 covers. */
function modulesOf(path: string): ReadonlySet<string> {
  const rectangles = [...path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\3z/g)]
  expect(rectangles.map(([text]) => text).join('')).toBe(path)
  return new Set(
    rectangles.flatMap(([, x, y, length]) =>
      Array.from({ length: Number(length) }, (_, n) => `${Number(x) + n} ${y ?? ''}`),
    ),
  )
}

describe('the QR code of an invitation', () => {
  it('is drawn module by module, with white around it', () => {
    const link = `https://mesh.example.org/#/join/${'gAEC'.repeat(200)}`
    const { size, path } = createQrCode(link)
    const { data } = encode(link, { ecc: 'L', border: 4 })
    expect(size).toBe(data.length)
    const dark = data.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`${x} ${y}`] : [])))
    expect(modulesOf(path)).toEqual(new Set(dark))
    expect(data.slice(0, 4).flat()).not.toContain(true)
  })
})

describe('what is said of an invitation', () => {
  it('is whether it works now, and while every server is down', () => {
    expect(describeInvitation({ serversLinked: 1, peersListening: 2 })).toMatch(/2 peers that listen/)
    expect(describeInvitation({ serversLinked: 1, peersListening: 0 })).toMatch(/as long as the server is up/)
    expect(describeInvitation({ serversLinked: 0, peersListening: 1 })).toMatch(/1 peer that listens/)
    expect(describeInvitation({ serversLinked: 0, peersListening: 0 })).toMatch(/leads to nobody/)
  })
})
