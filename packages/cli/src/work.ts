let last = ''

/** Shows how far a proof of work is: on a terminal in a line that changes, else once. */
export function showWork(attempts: number, expected: number): void {
  const { stderr } = process
  if (last === '' && stderr.isTTY) process.once('exit', () => stderr.write('\n'))
  if (last !== '' && !stderr.isTTY) return
  last = `proof of work: ${attempts.toLocaleString('en')} attempts; it takes ${expected.toLocaleString('en')} on average`
  stderr.write(stderr.isTTY ? `\r${last}` : `${last}\n`)
}
