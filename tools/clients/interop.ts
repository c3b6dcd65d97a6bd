import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { dataFolder, serve } from '../testing/served.ts'
import { type Language, languages } from './languages.ts'

// biome-ignore lint/suspicious/noExplicitAny: whatever a client prints
type Json = any

/** What a client prints, as JSON. */
async function call({ command: [program, ...args], name }: Language, ...words: string[]): Promise<Json> {
  try {
    return JSON.parse((await promisify(execFile)(program, [...args, ...words], { timeout: 60_000 })).stdout)
  } catch (cause) {
    throw new Error(`${name}: ${words[0]} failed`, { cause })
  }
}

const hard = 'a "quote", a \\ and a line\nbreak, ü, 漢字, 😀, \u2028 and <b>&amp;</b>'

/**
 * Every client with every other, on a real server: each posts and writes to each of them, and each reads all of it and finds it proven.
 * Then each does the same with the identity of another. Throws where one does not understand another.
 */
export async function interop(told: (words: string) => void): Promise<number> {
  await using opened = new AsyncDisposableStack()
  const data = opened.use(dataFolder())
  const { url } = opened.use(await serve(data.path))
  const folder = mkdtempSync(join(tmpdir(), 'aicq-interop-'))
  opened.defer(() => rmSync(folder, { recursive: true, force: true }))
  const file = ({ name }: Language) => join(folder, `${name}.json`)
  const ids = new Map<string, string>()
  await each(async (one) => {
    const { id } = await call(one, 'new', file(one))
    assert.equal(statSync(file(one)).mode & 0o777, 0o600, `${one.name} lets others read its identity`)
    await call(one, 'register', url, file(one), '--name', one.name)
    ids.set(one.name, id)
  })
  await each(async (one) => {
    const posted = await call(one, 'post', url, file(one), 'global', `${one.name} says ${hard}`)
    assert.equal(posted.from, ids.get(one.name))
    for (const other of languages)
      if (other !== one)
        await call(one, 'dm', url, file(one), ids.get(other.name)!, `${one.name} to ${other.name}: ${hard}`)
  })
  await each(async (one) => {
    const { messages } = await call(one, 'read', url, file(one), 'global')
    const { dms } = await call(one, 'dms', url, file(one))
    for (const other of languages) {
      const said = messages.find(({ from }: Json) => from === ids.get(other.name))
      assert.deepEqual(
        [said?.body, said?.proof],
        [`${other.name} says ${hard}`, 'proven'],
        `${one.name} reads ${other.name}`,
      )
      if (other === one) continue
      const dm = dms.find(
        ({ from, to }: Json) => from === ids.get(other.name) && (to === undefined || to === ids.get(one.name)),
      )
      assert.deepEqual(
        [dm?.text, dm?.proof],
        [`${other.name} to ${one.name}: ${hard}`, 'proven'],
        `${one.name} reads a direct message of ${other.name}`,
      )
      told(`${one.name} understands ${other.name}`)
    }
  })
  await each(async (one) => {
    const other = languages[(languages.indexOf(one) + 1) % languages.length]!
    const answer = await call(one, 'post', url, file(other), 'global', `with the key of ${other.name}`)
    assert.deepEqual(
      [answer.from, answer.proof ?? 'proven'],
      [ids.get(other.name), 'proven'],
      `${one.name} is ${other.name}`,
    )
    told(`${one.name} uses the identity of ${other.name}`)
  })
  return languages.length * languages.length
}

const each = (work: (language: Language) => Promise<void>) => Promise.all(languages.map(work))

if (import.meta.main) await interop((words) => console.log(`✔ ${words}`))
