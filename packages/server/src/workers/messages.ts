import type { Figures } from '../metrics.ts'

/** How a worker is reached, once it answers. */
export interface Announcement {
  readonly url: string
  readonly data: string
  readonly notes: readonly string[]
}

/** What a worker tells its primary. */
export type FromWorker =
  | { readonly ready: Announcement }
  /** The page of figures is asked for. */
  | { readonly page: number }
  /** What it counted itself. */
  | { readonly counted: number; readonly figures: Figures }

/** What a primary tells a worker. */
export type FromPrimary =
  | { readonly stop: true }
  | { readonly count: number }
  | { readonly page: number; readonly text: string }
