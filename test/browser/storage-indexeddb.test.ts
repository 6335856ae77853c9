import { describeIndexedDbStores } from '../contract/indexeddb-stores.ts'

describeIndexedDbStores('in IndexedDB')
