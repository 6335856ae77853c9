import { encode } from 'uqr'

/** Modules of white around a code, without which readers do not find it (ISO/IEC 18004). */
const QUIET_ZONE = 4

/** A QR code as one SVG path. */
export interface QrCode {
  /** Width and height of the drawing, the white around it included. */
  readonly size: number
  /** The dark modules, each row's runs as rectangles of height 1. */
  readonly path: string
}

/** The QR code of a text, with the least error correction: it is read off a screen, and has many modules as it is. */
export function createQrCode(text: string): QrCode {
  const { size, data } = encode(text, { ecc: 'L', border: QUIET_ZONE })
  const path = data.flatMap((row, y) =>
    runsOf(row).map(([from, length]) => `M${from} ${y}h${length}v1h-${length}z`),
  )
  return { size, path: path.join('') }
}

/** Begin and length of each run of dark modules. */
function runsOf(row: readonly boolean[]): readonly (readonly [number, number])[] {
  const runs: [number, number][] = []
  row.forEach((isDark, x) => {
    if (!isDark) return
    const last = runs.at(-1)
    if (last !== undefined && last[0] + last[1] === x) last[1]++
    else runs.push([x, 1])
  })
  return runs
}
