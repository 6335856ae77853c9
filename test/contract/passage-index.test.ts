import { openNodePassageIndex } from '../../src/adapters/passage-index/node-passage-index.ts'
import { describePassageIndex } from './passage-index.contract.ts'

describePassageIndex('openNodePassageIndex', openNodePassageIndex)
