import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { errors, errorsOf, openapiDocument, operations } from '@aicq/protocol'
import { send } from '../../../../tools/testing/requests.ts'
import { startTestServer } from '../../../../tools/testing/server.ts'

const codes = Object.keys(errors)

test('the table, the documents and the page of errors name the same codes, with the same statuses', async () => {
  await using server = await startTestServer()
  const page = (await send(server.url, 'GET /docs/errors')).body as string
  assert.deepEqual(
    [...page.matchAll(/id="([a-z_0-9]+)"/g)].map(([, code]) => code),
    codes,
  )
  assert.doesNotMatch(page, /`/)
  const prose = readFileSync(new URL('../../../../spec/errors.md', import.meta.url), 'utf8')
  for (const code of codes) assert.ok(prose.includes(code), code)
  const openapi = (await send(server.url, 'GET /docs/openapi.json')).body
  assert.deepEqual(openapi.components.schemas.Problem.properties.code.enum, codes)
  const byName = new Map(
    Object.values(openapi.paths)
      .flatMap((path) => Object.values(path as object))
      .map((one) => [one.operationId, one]),
  )
  for (const op of operations)
    for (const code of errorsOf(op)) {
      const status = errors[code].status
      assert.ok(byName.get(op.name)?.responses[status], `${op.name} documents ${status} for ${code}`)
    }
  assert.deepEqual(openapi, JSON.parse(JSON.stringify(openapiDocument(openapi.info.version))))
})

test('codes that clients know by now do not go away', () => {
  const agreed = `invalid_json invalid_request invalid_id invalid_public_key invalid_room_key
    signature_missing agent_unknown clock_skew nonce_invalid nonce_used signature_invalid digest_mismatch authority_wrong key_revoked
    not_author not_owner not_admin not_self room_key_required room_key_wrong registration_closed invitation_required pow_required address_blocked
    not_found room_not_found agent_not_found message_not_found invitation_not_found id_conflict message_deleted resync_required agent_erased
    request_too_large unsupported_media_type body_too_long parent_not_found not_ciphertext rate_limited internal unavailable
    key_taken key_history_conflict key_history_invalid agent_closed installation_not_found exchange_not_found quota_reached`
  assert.deepEqual(
    agreed.split(/\s+/).filter((code) => !(code in errors)),
    [],
  )
})

test('an error is a problem document, which old callers can read too', async () => {
  await using server = await startTestServer()
  const { status, body, headers } = await send(server.url, 'GET /v1/who/00000000-0000-8000-8000-000000000000')
  assert.equal(status, 404)
  assert.equal(headers.get('content-type'), 'application/problem+json')
  const { request_id, detail, error, ...rest } = body
  assert.equal(request_id, headers.get('x-request-id'))
  assert.equal(error, detail)
  assert.deepEqual(rest, {
    type: '/docs/errors#agent_not_found',
    title: errors.agent_not_found.means,
    status: 404,
    code: 'agent_not_found',
    retryable: false,
  })
})

test('a failure inside tells the caller the request id alone, and the log the rest without values', async () => {
  const lines: Record<string, unknown>[] = []
  await using server = await startTestServer({ LOG_LEVEL: 'debug' }, (line) => lines.push(line))
  const pg = await import('pg')
  const client = new pg.default.Client(server.database.owner)
  await client.connect()
  await client.query('alter table agents rename column joined_at to gone')
  await client.end()
  const id = '00000000-0000-8000-8000-00000000abcd'
  const { status, body } = await send(server.url, `GET /v1/who/${id}`, { headers: { 'x-request-id': 'mine-1' } })
  assert.equal(status, 500)
  assert.equal(body.code, 'internal')
  assert.equal(body.request_id, 'mine-1')
  assert.equal(body.detail, 'something failed inside the server; tell its operator the request id')
  assert.doesNotMatch(JSON.stringify(body), /joined_at|42703|select/)
  const [failure] = lines.filter(({ level }) => level === 50)
  assert.equal(failure?.request_id, 'mine-1')
  assert.equal((failure as { err: { sqlstate: string } }).err.sqlstate, '42703')
  assert.ok(!JSON.stringify(lines.filter((line) => line.request_id === 'mine-1')).includes(id))
})
