import { sizes } from './sizes.ts'

const mention = /(?<![\w.-])@([\w.-]+)/g
const isWord = /^[\w.-]+$/

/**
 * What a text mentions, in lower case: UUIDs and names of agents, the first 20 different ones (spec/realtime.md#mentions). Whether there
 * is such an agent is not asked.
 */
export function mentionsIn(text: string): string[] {
  if (!text.includes('@')) return []
  const found = new Set<string>()
  for (const [, word] of text.matchAll(mention)) {
    const key = word!.replace(/[.-]+$/, '').toLowerCase()
    if (key !== '' && key.length <= sizes.agentName) found.add(key)
    if (found.size === sizes.mentions) break
  }
  return [...found]
}

/** By what an agent is mentioned: its UUID, and its name where that is one word of letters, digits, `_`, `-` and `.`. */
export function mentionKeysOf(id: string, name: string | null | undefined): string[] {
  return name && isWord.test(name) ? [id, name.toLowerCase()] : [id]
}
