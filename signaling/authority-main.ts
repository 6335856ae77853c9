import { toLoremeshError } from '../src/domain/kernel/errors.ts'
import { bytesToHexText } from '../src/domain/kernel/bytes.ts'
import { parseAddressesMessage, type AuthorityMessage } from './authority-ipc.ts'
import { startAuthorityNode } from './authority-node.ts'
import { describeCommands, parseCommand, type AuthorityOptions } from './authority-options.ts'
import { formatGenesis, readGenesis } from './genesis-file.ts'
import { openServerIdentity } from './key-file.ts'
import { ledgerLocations } from './ledger-place.ts'
import { createLog } from './log.ts'
import { stopOnSignals } from './stop-on-signals.ts'
import { readWishes } from './wishes-file.ts'

const args = process.argv.slice(2)
const nowMs = Date.now
const log = createLog((line) => process.stderr.write(`${line}\n`), nowMs)

/** Tells the server that started this process, if there is one. */
function tellServer(message: AuthorityMessage, onSent: () => void = () => undefined): void {
  if (process.send === undefined) onSent()
  else process.send(message, undefined, undefined, onSent)
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** Runs an authority until it is told to stop, by a signal or by the server that started it. */
async function run(settings: AuthorityOptions): Promise<void> {
  const { genesisPath, authorityAddresses, parametersPath, ...options } = settings
  const genesis = readGenesis(genesisPath)
  const identity = openServerIdentity(options.dataDir)
  const authority = await startAuthorityNode(
    { identity, genesis, log, nowMs },
    {
      ...options,
      addresses: authorityAddresses,
      ledger: ledgerLocations(options),
      wishes: readWishes(parametersPath),
      relays: false,
    },
  )
  const onSignal = stopOnSignals({ log, nowMs }, authority.stop)
  process.once('disconnect', () => onSignal('disconnect'))
  process.on('message', (message) => {
    try {
      authority.learn(parseAddressesMessage(message).addresses)
    } catch (error) {
      log('error', 'addresses refused', { reason: toLoremeshError(error).message })
    }
  })
  tellServer({ type: 'listening', port: authority.port })
  log('info', 'authority ready', { port: authority.port })
}

async function main(): Promise<void> {
  const command = parseCommand(args, process.env)
  switch (command.name) {
    case 'help':
      print(describeCommands())
      return
    case 'new-key': {
      const { account, peerId } = openServerIdentity(command.dataDir)
      print(`Key:     ${bytesToHexText(account)}\nPeer id: ${peerId}`)
      return
    }
    case 'new-genesis':
      process.stdout.write(formatGenesis(command.authorities, command.options, nowMs()))
      return
    case 'run':
      await run(command.options)
  }
}

function fail(error: unknown): void {
  const { code, message, hint } = toLoremeshError(error)
  const [name = ''] = args
  const failure =
    name === 'new-key' || name === 'new-genesis' ? `${name} failed` : "The authority can't start"
  process.stderr.write(`${failure}: ${message}${hint === '' ? '' : `. ${hint}`}\n`)
  tellServer({ type: 'failed', code, message, hint }, () => process.exit(1))
}

await main().catch(fail)
