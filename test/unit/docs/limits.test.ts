import { expect, it } from 'vitest'
import type { RateLimit } from '../../../src/domain/kernel/token-bucket.ts'
import {
  peerProtocols,
  serverProtocols,
  type ProtocolLimits,
} from '../../../src/protocols/protocol-limits.ts'
import { readProjectFile } from '../../support/project-files.ts'

const text = readProjectFile('docs/PROTOCOLS.md')
const section = text.slice(text.indexOf('\n## Limits'), text.indexOf('\n## Search'))

/** The cells of the rows of the table. */
const rows = section
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) =>
    line
      .split('|')
      .map((cell) => cell.trim())
      .slice(1, -1),
  )

const rateText = ({ burst, perSecond }: RateLimit): string => `${numberText(burst)}, ${numberText(perSecond)}`
const numberText = (value: number): string => value.toLocaleString('en-US')

function rowOf(by: string, limits: ProtocolLimits): string[] {
  const { id, maxRequestBytes, maxAnswerBytes, maxStreams, maxInFlight, rate } = limits
  const numbers = [maxRequestBytes, maxAnswerBytes, maxStreams, maxInFlight].map(numberText)
  return [`\`${id}\``, by, ...numbers, rateText(rate.ofOne), rateText(rate.ofAll)]
}

it('lists the limits of every protocol as the code has them', () => {
  expect(rows).toEqual([
    ...Object.values(peerProtocols).map((limits) => rowOf('P', limits)),
    ...Object.values(serverProtocols).map((limits) => rowOf('S', limits)),
  ])
})
