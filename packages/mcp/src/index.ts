export { answerHttp, type HttpOptions } from './answer-http.ts'
export type { Door, Failure, Happened, Named, Profile, Reading, Said, Whispered } from './door.ts'
export { type McpOptions, openMcp, type Subscriptions } from './open-mcp.ts'
