import { list, text } from './settings.ts'

/** Where traces go (OpenTelemetry), by the names that OpenTelemetry gives these settings. */
export const traceSettings = {
  tracesUrl: text({
    env: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    allowed: 'an http or https URL',
    read: (value) => (/^https?:\/\//.test(value) && URL.canParse(value) ? value : undefined),
    shown: '(none: no traces)',
    meaning: 'The OpenTelemetry collector that traces are sent to, by OTLP over HTTP, as JSON.',
  }),
  tracesHeaders: list({
    env: 'OTEL_EXPORTER_OTLP_HEADERS',
    allowed: 'a comma list such as name=value',
    concealed: (value) => `(${value.length} characters)`,
    one: (part) => /^([\w-]+)=(.+)$/.exec(part)?.slice(1) as [string, string] | undefined,
    meaning: 'Headers for the collector, such as its key.',
  }),
  tracesService: {
    ...text({
      env: 'OTEL_SERVICE_NAME',
      allowed: 'a name',
      read: (value) => value,
      meaning: 'How traces call this server.',
    }),
    fallback: 'aicq',
  },
  tracesRatio: {
    ...text({
      env: 'OTEL_TRACES_SAMPLER_ARG',
      allowed: 'a number from 0 to 1',
      read: (value) => (/^(0|1|0?\.\d+|1\.0+)$/.test(value) ? Number(value) : undefined),
      meaning: 'Which part of the traces that begin here is recorded; a caller that records its own has it recorded.',
    }),
    fallback: 1,
  },
}
