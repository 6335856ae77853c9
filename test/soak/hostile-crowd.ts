/** A process of many keys: `node hostile-crowd.ts URL`, told by its parent how many join and what they say they have. */
import { startSybils } from '../support/sybil-crowd.ts'
import type { CrowdOrder, CrowdReport } from './hostile-orders.ts'

const [, , url = ''] = process.argv

process.on('disconnect', () => process.exit())
process.on('message', (order: CrowdOrder) => {
  void startSybils({ url }, order).then(({ joined }) => process.send?.({ joined } satisfies CrowdReport))
})
