import type { DailyUpload } from '../domain/network/serving-caps.ts'

/** Remembers over restarts how much was uploaded on the present day. */
export interface UploadLog {
  /** What was noted last; undefined when nothing was, or it can't be read. */
  load(): Promise<DailyUpload | undefined>
  /** Replaces it. A storage that is blocked or full forgets it with this run, which is no failure. */
  save(upload: DailyUpload): Promise<void>
}
