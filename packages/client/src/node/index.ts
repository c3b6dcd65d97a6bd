export { type OpenIdentity, openIdentity, rotateIdentity } from './identity.ts'
export {
  createIdentity,
  type KeptIdentity,
  readIdentity,
  readText,
  replaceFile,
  withNextInUse,
  writeIdentity,
} from './identity-file.ts'
export { fileDmStore } from './store.ts'
