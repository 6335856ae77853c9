import type { SelfTestResult } from '../../../peer/peer.ts'

/** The steps of the self-test, in order, and what each is for. */
export const testSteps: readonly {
  readonly step: SelfTestResult['step']
  readonly name: string
  readonly purpose: string
}[] = [
  { step: 'websocket', name: 'WebSocket', purpose: 'reaches the server' },
  { step: 'reservation', name: 'Reservation', purpose: 'lets a relay lead others here' },
  { step: 'stun', name: 'STUN', purpose: 'tells the own public address' },
  { step: 'turn', name: 'TURN', purpose: 'carries what a firewall keeps from going directly' },
  { step: 'data-channel', name: 'Data channel', purpose: 'carries contexts between two peers' },
]

/** How a step stands, in a word. */
export function outcomeWord(result: SelfTestResult | undefined, isRunning: boolean): string {
  if (result === undefined) return isRunning ? 'Running' : 'Waiting'
  return { passed: 'Passed', failed: 'Failed', skipped: 'Skipped' }[result.outcome]
}

/** What the self-test found as a whole; empty before it found anything. */
export function summariseTest(results: readonly SelfTestResult[]): string {
  const failed = testSteps.filter(({ step }) =>
    results.some((result) => result.step === step && result.outcome === 'failed'),
  )
  if (failed.length > 0) return `Does not work: ${failed.map(({ name }) => name).join(', ')}.`
  if (results.length < testSteps.length) return ''
  return results.some(({ step, outcome }) => step === 'data-channel' && outcome === 'passed')
    ? 'This peer can be reached, and links to others directly.'
    : 'What could be tested works.'
}
