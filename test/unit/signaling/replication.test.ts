import { expect, it } from 'vitest'
import { parseAuthorityRequest, parseLogReply } from '../../../src/protocols/authority.ts'
import { memberAt, openFederation, stateAtMember } from '../../support/federation.ts'
import { ann, bob } from '../../support/ledger.ts'
import { closeStore, fund, newPath, openStore, paid } from './authority-fixture.ts'

it("authorities read of a log nothing but what they don't know, also after a restart", async () => {
  const paths = [newPath(), newPath(), newPath(), newPath()]
  const federation = await openFederation(4, (index) => openStore(paths[index] ?? ':memory:'))
  for (const person of [ann, bob]) await fund(federation, person)
  const late = memberAt(federation, 3)
  late.state = 'down'
  await paid(federation, ann, bob)
  await Promise.all(federation.authorities.map(({ store }) => closeStore(store)))
  const again = await openFederation(4, (index) => openStore(paths[index] ?? ':memory:'))
  const given: number[] = []
  const source = memberAt(again, 0)
  const { answerAuthority } = source
  source.answerAuthority = async (body, from) => {
    const answer = await answerAuthority(body, from)
    const isLog = parseAuthorityRequest(body).type === 'log'
    if (isLog) given.push(parseLogReply(answer).entries.length)
    return answer
  }
  for (const member of again.members.slice(1, 3)) member.state = 'down'
  await memberAt(again, 3).replication.catchUp()
  await memberAt(again, 3).replication.catchUp()
  expect(given).toEqual([1])
  expect(await stateAtMember(memberAt(again, 3), ann)).toEqual(await stateAtMember(source, ann))
})
