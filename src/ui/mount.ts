import { mount, unmount } from 'svelte'
import App from './App.svelte'
import type { Shell } from './shell.ts'
import './styles/tokens.css'
import './styles/base.css'
import './styles/controls.css'

/** Shows the app in `target`, in place of what is there. Returns the function that takes it away again. */
export function mountApp(target: HTMLElement, shell: Shell): () => Promise<void> {
  target.replaceChildren()
  const app = mount(App, { target, props: { shell } })
  return () => unmount(app)
}
