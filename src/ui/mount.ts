import { mount } from 'svelte'
import App from './App.svelte'
import type { Shell } from './shell.ts'
import './styles/tokens.css'
import './styles/base.css'
import './styles/controls.css'

/** Shows the app in `target`, in place of what is there. */
export function mountApp(target: HTMLElement, shell: Shell): void {
  target.replaceChildren()
  mount(App, { target, props: { shell } })
}
