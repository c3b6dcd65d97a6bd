export { fileDmStore } from './store.ts'
