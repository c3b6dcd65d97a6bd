/** Milliseconds as UTC to the second: `2026-01-31T12:00:00Z`. */
export const toTime = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`
