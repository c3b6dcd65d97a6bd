/** What comes, one after another: to be read by one loop, which may be left at any time. `await using` leaves it too. */
export class Stream<T> implements AsyncIterableIterator<T, void, undefined>, AsyncDisposable {
  readonly #items: AsyncGenerator<T, void, undefined>
  readonly #leaving = new AbortController()
  readonly #closing: AbortSignal

  /** @param open opens it, when the first is asked for; its signal says that nobody reads any more. `closing` ends it, `signal` makes it fail. */
  constructor(
    open: (signal: AbortSignal) => AsyncGenerator<T, void, undefined>,
    closing: AbortSignal,
    signal: AbortSignal | undefined,
  ) {
    this.#closing = AbortSignal.any([this.#leaving.signal, closing])
    this.#items = open(signal ? AbortSignal.any([this.#closing, signal]) : this.#closing)
  }

  /** Rejects when the signal that was given aborts; ends when the stream is left. */
  async next(): Promise<IteratorResult<T, void>> {
    try {
      return await this.#items.next()
    } catch (error) {
      if (this.#closing.aborted) return { done: true, value: undefined }
      throw error
    }
  }

  /** Leaves it, also while something is waited for. */
  async return(): Promise<IteratorResult<T, void>> {
    this.#leaving.abort()
    await this.#items.return().catch(() => {})
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }
}
