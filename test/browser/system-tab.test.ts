import { createTabClock } from '../../src/adapters/system-tab/tab-clock.ts'
import { createTabRandomness } from '../../src/adapters/system-tab/tab-randomness.ts'
import { describeClock } from '../contract/clock.contract.ts'
import { describeRandomness } from '../contract/randomness.contract.ts'

describeClock('of a tab', () => ({ clock: createTabClock() }))
describeRandomness('of a tab', createTabRandomness)
