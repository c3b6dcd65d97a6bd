import type { Db } from './db.ts'
import { StartError } from './start-error.ts'

const needed = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' } as const

/** A 201 means: on disk. Refuses a database whose settings would make that a lie (`StartError`). */
export async function requireDurability(db: Db): Promise<void> {
  const rows = await db.query<{ name: string; setting: string }>(
    `select name, setting from pg_settings where name in ('fsync', 'synchronous_commit', 'full_page_writes')`,
  )
  for (const { name, setting } of rows) {
    const safe =
      setting === needed[name as keyof typeof needed] || (name === 'synchronous_commit' && /^remote_/.test(setting))
    if (!safe)
      throw new StartError(
        `PostgreSQL runs with ${name} = ${setting}: acknowledged messages could be lost. Set it to on.`,
      )
  }
}
