import { createWritable, type Writable } from '../../domain/kernel/readable.ts'
import type { PowerSource } from '../../domain/network/serving-caps.ts'

/** The part of the Battery Status API that is used; only Chromium has it. */
export interface BatteryApi {
  getBattery?(): Promise<EventTarget & { readonly charging: boolean }>
}

/** What the device runs on as it changes; `unknown` where the browser does not say. */
export function watchPower(api: BatteryApi): Omit<Writable<PowerSource>, 'set'> {
  const power = createWritable<PowerSource>('unknown')

  async function follow(): Promise<void> {
    const battery = await api.getBattery?.()
    if (battery === undefined) return
    const tell = (): void => power.set(battery.charging ? 'mains' : 'battery')
    battery.addEventListener('chargingchange', tell)
    tell()
  }

  // A page that may not ask does not know.
  void follow().catch(() => undefined)
  return power
}
