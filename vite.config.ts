import { svelte } from '@sveltejs/vite-plugin-svelte'
import { playwright } from '@vitest/browser-playwright'
import { VitePWA } from 'vite-plugin-pwa'
import { defineConfig } from 'vitest/config'
import { backgroundTimers } from './tools/background-timers.ts'
import { buildSettings } from './tools/build-settings.ts'
import { findChromium, headlessArgs, softwareGpuArgs } from './tools/chromium.ts'
import { fixWebrtcInitChannel } from './tools/fix-webrtc-init-channel.ts'
import { pwaOptions } from './tools/pwa-options.ts'
import { shipModels } from './tools/ship-models.ts'

/** Far more than any needs: a slow machine is no failure. */
const UNIT_TIMEOUT_MS = 30_000
const NETWORK_TIMEOUT_MS = 60_000

/** So many peers at once that they need the machine for themselves. */
const crowds = ['test/network/gossip-flood.test.ts', 'test/network/ledger-topics.test.ts']

export default defineConfig({
  ...buildSettings,
  plugins: [
    fixWebrtcInitChannel(),
    backgroundTimers(),
    svelte({ configFile: false }),
    shipModels(),
    VitePWA(pwaOptions),
  ],
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          testTimeout: UNIT_TIMEOUT_MS,
          maxWorkers: 2,
        },
      },
      {
        extends: true,
        test: {
          name: 'contract',
          include: ['test/contract/**/*.test.ts'],
          testTimeout: UNIT_TIMEOUT_MS,
          maxWorkers: 2,
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          browser: {
            enabled: true,
            headless: true,
            provider: playwright({
              launchOptions: {
                executablePath: findChromium() ?? '',
                args: [...headlessArgs, ...softwareGpuArgs],
              },
            }),
            instances: [{ browser: 'chromium' }],
            screenshotFailures: false,
          },
        },
      },
      {
        extends: true,
        test: {
          name: 'network',
          include: ['test/network/**/*.test.ts'],
          exclude: crowds,
          testTimeout: NETWORK_TIMEOUT_MS,
          hookTimeout: NETWORK_TIMEOUT_MS,
          maxWorkers: 2,
        },
      },
      {
        extends: true,
        test: {
          name: 'crowd',
          include: crowds,
          testTimeout: NETWORK_TIMEOUT_MS,
          hookTimeout: NETWORK_TIMEOUT_MS,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 240_000,
          hookTimeout: 240_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
