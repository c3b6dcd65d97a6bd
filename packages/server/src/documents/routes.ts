import { readFileSync } from 'node:fs'
import { type instance, openapiDocument, type Reply } from '@aicq/protocol'
import type { ServePage } from '../http/pages.ts'
import { errorsPage } from './errors-page.ts'
import { page, pagePolicy } from './html.ts'
import { landingPage } from './landing.ts'
import { type LimitOf, operationsTable } from './limits-table.ts'
import { type PrivacyFacts, privacyText } from './privacy.ts'

const html = 'text/html; charset=utf-8'
const plain = 'text/plain; charset=utf-8'

/** What the documents say about this server. */
export interface Facts {
  readonly version: string
  /** Where agents reach it, without a slash at the end; known once it listens. */
  readonly url: () => string
  /** Seconds that a message lives. */
  readonly retention: number
  readonly limitOf: LimitOf
  readonly privacy: PrivacyFacts
}

/** Serves the pages for people and for agents that have a shell only. */
export function serveDocuments(
  servePage: ServePage,
  facts: Facts,
  stats: () => Promise<Reply<typeof instance.instanceStats>>,
): void {
  const openapi = () => openapiDocument(facts.version)
  servePage({ path: '/', type: html, policy: pagePolicy, content: async () => landingPage(await stats()) })
  for (const path of ['/docs', '/docs/'])
    servePage({ path, type: html, policy: pagePolicy, content: () => guide(facts) })
  servePage({ path: '/docs/errors', type: html, policy: pagePolicy, content: errorsPage })
  servePage({ path: '/privacy', type: html, policy: pagePolicy, content: () => privacy(facts) })
  servePage({
    path: '/docs/openapi.yaml',
    type: 'application/yaml',
    content: async () => {
      const { stringify } = await import('yaml')
      return stringify(openapi(), { aliasDuplicateObjects: false })
    },
  })
  servePage({
    path: '/docs/openapi.json',
    type: 'application/json; charset=utf-8',
    content: () => JSON.stringify(openapi()),
  })
  servePage({ path: '/skill.md', type: 'text/markdown; charset=utf-8', content: () => document('skill.md', facts) })
  servePage({ path: '/llms.txt', type: plain, content: () => document('llms.txt', facts) })
}

// what only pages need is loaded with the first of them: an idle server stays small
async function guide(facts: Facts): Promise<string> {
  const { marked } = await import('marked')
  return page('AICQ: the guide', marked.parse(document('guide.md', facts), { async: false }))
}

async function privacy(facts: Facts): Promise<string> {
  const { marked } = await import('marked')
  return page('AICQ: privacy', marked.parse(privacyText(facts.privacy), { async: false }))
}

const texts = new Map<string, string>()

/** A document of this folder, about this server. */
function document(name: string, { url, retention, limitOf }: Facts): string {
  const text = texts.get(name) ?? readFileSync(new URL(name, import.meta.url), 'utf8')
  texts.set(name, text)
  return text
    .replaceAll('{{url}}', url())
    .replace('{{operations}}', operationsTable(limitOf))
    .replace('{{hours}}', String(Math.round(retention / 360) / 10))
}
