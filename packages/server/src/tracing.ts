/** A piece of work that belongs to a trace (W3C Trace Context). */
export interface Span {
  /** What is given to work that follows from it. */
  readonly traceparent: string
  /** What a sample of a metric points to; nothing where the trace is not recorded. */
  readonly exemplar: { readonly trace_id: string; readonly span_id: string } | undefined
  /** `error`: the code of the error that it ended with. */
  end(error?: string): void
}

/** Where traces go; there is none unless it is asked for. */
export interface Tracing extends AsyncDisposable {
  /** Begins a call, which belongs to the trace of `parent` if that is given. */
  begin(name: string, parent: string | undefined): Span
  /** Tells of work that was done for the trace of `parent`, since `began` (ms). */
  tell(name: string, parent: string, began: number, attributes: Readonly<Record<string, string | number>>): void
}

/** A traceparent as it came; `undefined` for none, and for one that is not well-formed, which is to be ignored (W3C Trace Context, 4.3). */
export function readTraceparent(text: unknown): string | undefined {
  if (typeof text !== 'string') return undefined
  const [, version, trace, span, flags, rest] =
    /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/.exec(text) ?? []
  if (!version || version === 'ff' || (version === '00' && rest) || /^0*$/.test(trace!) || /^0*$/.test(span!))
    return undefined
  return `00-${trace}-${span}-${flags}`
}

/** Sends traces to the collector at `url` (OTLP over HTTP); without one there are none, and nothing of it is loaded. */
export async function openTracing(options: {
  readonly tracesUrl: string | undefined
  readonly tracesHeaders: readonly (readonly [string, string])[]
  readonly tracesService: string
  readonly tracesRatio: number
  readonly instance: string | undefined
  readonly version: string
}): Promise<Tracing | undefined> {
  if (!options.tracesUrl) return undefined
  const { openTelemetry } = await import('./telemetry.ts')
  return openTelemetry({ ...options, tracesUrl: options.tracesUrl })
}
