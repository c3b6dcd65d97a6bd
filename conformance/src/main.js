#!/usr/bin/env node
// JavaScript, so that a start whose modules are in the compile cache never loads what strips types
import { enableCompileCache } from 'node:module'

enableCompileCache()
const { run } = await import('./run.ts')
process.exitCode = await run(process.argv.slice(2))
// what a server has left open does not keep the command from ending
setTimeout(() => process.exit(), 2_000).unref()
