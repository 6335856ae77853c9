import type { DeviceChoice, EmbeddingSpaces } from '../../../peer/embedding-spaces.ts'
import { BUILT_IN_MODEL } from '../../../peer/built-in-model.ts'
import { problemText, toProblem } from '../../problem.ts'
import type { Settings } from '../../settings.ts'

/** What the user does with models. Choices are kept, so that the next start goes on with them. */
export class ModelsModel {
  readonly #spaces: EmbeddingSpaces
  readonly #settings: Settings
  /** What was typed as the id of another model. */
  hubId = $state('')
  /** Why a model of this id could not be had; empty while all is well. */
  hubProblem = $state('')

  constructor(spaces: EmbeddingSpaces, settings: Settings) {
    this.#spaces = spaces
    this.#settings = settings
  }

  use(id: string): void {
    this.#settings.change({ embeddingModel: id })
    void this.#spaces.use(id, this.#settings.get().modelDevice)
  }

  chooseDevice(modelDevice: DeviceChoice): void {
    this.#settings.change({ modelDevice })
    const { embeddingModel } = this.#settings.get()
    if (embeddingModel !== BUILT_IN_MODEL) void this.#spaces.use(embeddingModel, modelDevice)
  }

  /** Gets a model; what hinders it is told by the model's state. */
  download(id: string): void {
    void this.#spaces.download(id).catch(() => undefined)
  }

  async downloadFromHub(): Promise<void> {
    this.hubProblem = ''
    try {
      await this.#spaces.download(this.hubId.trim())
      this.hubId = ''
    } catch (error) {
      const problem = toProblem(error)
      if (problem.code !== 'aborted') this.hubProblem = problemText(problem)
    }
  }

  /** Stops what runs; a change to the model is given up for good. */
  stop(id: string): void {
    if (this.#settings.get().embeddingModel === id) this.#settings.change({ embeddingModel: BUILT_IN_MODEL })
    void this.#spaces.stop(id)
  }

  remove(id: string): void {
    void this.#spaces.remove(id)
  }

  togglePause(isPaused: boolean): void {
    if (isPaused) this.#spaces.resume()
    else this.#spaces.pause()
  }
}
