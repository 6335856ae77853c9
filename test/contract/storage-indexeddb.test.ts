import 'fake-indexeddb/auto'
import { describeIndexedDbStores } from './indexeddb-stores.ts'

describeIndexedDbStores('in IndexedDB (simulated)')
