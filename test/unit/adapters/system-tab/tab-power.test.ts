import { expect, it, vi } from 'vitest'
import { watchPower } from '../../../../src/adapters/system-tab/tab-power.ts'

it('tells when the device changes between battery and mains', async () => {
  const battery = Object.assign(new EventTarget(), { charging: false })
  const told: string[] = []
  watchPower({ getBattery: () => Promise.resolve(battery) }).subscribe((power) => told.push(power))
  await vi.waitFor(() => expect(told).toEqual(['unknown', 'battery']))
  battery.charging = true
  battery.dispatchEvent(new Event('chargingchange'))
  expect(told).toEqual(['unknown', 'battery', 'mains'])
})

it('knows nothing where the browser does not say, or does not allow it', async () => {
  const told: string[] = []
  watchPower({}).subscribe((power) => told.push(power))
  watchPower({ getBattery: () => Promise.reject(new Error('not allowed')) }).subscribe((power) =>
    told.push(power),
  )
  await Promise.resolve()
  expect(told).toEqual(['unknown', 'unknown'])
})
