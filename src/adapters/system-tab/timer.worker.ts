let alarm: ReturnType<typeof setTimeout> | undefined

/** Answers after so many milliseconds as the newest message says. */
self.addEventListener('message', ({ data: ms }: MessageEvent<number>) => {
  clearTimeout(alarm)
  alarm = setTimeout(() => self.postMessage(null), ms)
})
