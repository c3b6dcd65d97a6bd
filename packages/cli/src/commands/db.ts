import { type Called, type Command, UsageError } from '../command.ts'

export const db: Command = {
  usage: 'backup FOLDER | restore FOLDER | check | export FILE | import FILE',
  summary: 'For the operator: copy, move and check the data of a server. Reads the settings that serve reads.',
  examples: [
    'aicq db backup /backups/2026-01-31',
    'DATA_DIR=./restored aicq db restore /backups/2026-01-31',
    'aicq db check',
    'aicq db export aicq.export',
    'DATABASE_URL=postgres://aicq@db/aicq INSTANCE_SECRET=... aicq db import aicq.export',
  ],
  words: [1, 2],
  async run(called) {
    const [what, where] = called.words
    const work = works[what!]
    if (!work || (where === undefined) === (what !== 'check')) throw new UsageError(`usage: aicq db ${db.usage}`)
    const [{ readConfig }, maintenance] = await Promise.all([
      import('@aicq/server'),
      import('@aicq/server/maintenance'),
    ])
    return work(called, maintenance, readConfig(), where!)
  },
}

type Maintenance = typeof import('@aicq/server/maintenance')
type Config = ReturnType<typeof import('@aicq/server').readConfig>
type Work = (called: Called, by: Maintenance, config: Config, where: string) => Promise<number | undefined>

const works: Readonly<Record<string, Work>> = {
  async backup({ out }, by, config, folder) {
    const { at, files } = await by.backUpDatabase(config, folder)
    const bytes = Object.values(files).reduce((sum, { size }) => sum + size, 0)
    out.give({ folder, at, files: Object.keys(files).length, bytes })
    out.say(`${out.paint('green', '✔')} backed up to ${folder}: ${megabytes(bytes)} MB, the state of ${at}`)
    return undefined
  },
  async restore({ out }, by, config, folder) {
    const { at } = await by.restoreDatabase(config, folder)
    out.give({ folder, at, data: config.dataDir })
    out.say(`${out.paint('green', '✔')} restored the state of ${at} into ${config.dataDir}: start the server`)
    return undefined
  },
  async check({ out }, by, config) {
    const findings = await by.checkDatabase(config)
    const isWhole = findings.every(({ fault }) => fault === '')
    out.give({ whole: isWhole, findings })
    for (const { rule, fault } of findings)
      out.say(fault ? `${out.paint('red', '✖')} ${rule}: ${fault}` : `${out.paint('green', '✔')} ${rule}`)
    return isWhole ? 0 : 1
  },
  async export({ out }, by, config, file) {
    const rows = await by.exportDatabase(config, file)
    out.give({ file, rows })
    out.say(`${out.paint('green', '✔')} exported ${total(rows)} rows to ${file}`)
    out.say('  an import needs the same INSTANCE_SECRET; what is written to the old server from now on is not in it')
    return undefined
  },
  async import({ out }, by, config, file) {
    const rows = await by.importDatabase(config, file)
    out.give({ file, rows })
    out.say(`${out.paint('green', '✔')} imported ${total(rows)} rows: start the server`)
    return undefined
  },
}

const total = (rows: Readonly<Record<string, number>>) => Object.values(rows).reduce((sum, count) => sum + count, 0)
const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1)
