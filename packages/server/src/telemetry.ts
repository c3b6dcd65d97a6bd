import { setTimeout as sleep } from 'node:timers/promises'
import {
  type Context,
  ROOT_CONTEXT,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api'
import { parseTraceParent } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base'
import type { Tracing } from './tracing.ts'

/** Milliseconds that a stop waits for what has not been sent yet. */
const patience = 1_000

/** Traces by OpenTelemetry, sent in batches; what cannot be sent is dropped, and never waited for. */
export function openTelemetry(options: {
  readonly tracesUrl: string
  readonly tracesHeaders: readonly (readonly [string, string])[]
  readonly tracesService: string
  readonly tracesRatio: number
  readonly instance: string | undefined
  readonly version: string
}): Tracing {
  const { tracesUrl, tracesHeaders, version, instance } = options
  const exporter = new OTLPTraceExporter({
    url: `${tracesUrl.replace(/\/$/, '')}/v1/traces`,
    headers: Object.fromEntries(tracesHeaders),
  })
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({
      'service.name': options.tracesService,
      'service.version': version,
      ...(instance === undefined ? {} : { 'service.instance.id': instance }),
    }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(options.tracesRatio) }),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  })
  const tracer = provider.getTracer('aicq', version)
  return {
    begin(name, parent) {
      const span = tracer.startSpan(name, { kind: SpanKind.SERVER }, contextOf(parent))
      const context = span.spanContext()
      return {
        traceparent: traceparentOf(context),
        exemplar: isSampled(context) ? { trace_id: context.traceId, span_id: context.spanId } : undefined,
        end(error) {
          if (error) span.setAttribute('error.type', error).setStatus({ code: SpanStatusCode.ERROR })
          span.end()
        },
      }
    },
    tell(name, parent, began, attributes) {
      tracer.startSpan(name, { startTime: began, attributes: { ...attributes } }, contextOf(parent)).end()
    },
    [Symbol.asyncDispose]: () =>
      Promise.race([provider.shutdown().catch(() => {}), sleep(patience, undefined, { ref: false })]),
  }
}

function contextOf(parent: string | undefined): Context {
  const context = parent === undefined ? null : parseTraceParent(parent)
  return context ? trace.setSpanContext(ROOT_CONTEXT, { ...context, isRemote: true }) : ROOT_CONTEXT
}

const isSampled = ({ traceFlags }: SpanContext) => (traceFlags & TraceFlags.SAMPLED) !== 0

const traceparentOf = ({ traceId, spanId, traceFlags }: SpanContext) =>
  `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`
