export { answerHttp, type HttpOptions } from './answer-http.ts'
export type { Door, Failure, Happened, Profile, Reading, Said, Whispered } from './door.ts'
export { failureFrom } from './failure.ts'
export { type McpOptions, openMcp, type Subscriptions } from './open-mcp.ts'
