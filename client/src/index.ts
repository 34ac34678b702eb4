export type * from '../generated/api.ts';
export { MyLittlePs, type Options } from './client.ts';
export type { Rates } from './currencies.ts';
export {
  ConnectionError,
  isRefusal,
  MyLittlePsError,
  RefusalError,
  TimeoutError,
  UnavailableError,
  UnexpectedReplyError,
} from './errors.ts';
export type { ReportFile } from './file.ts';
export type { Pages } from './pages.ts';
export type { PostOptions } from './transport.ts';
export type { RequestOptions } from './tries.ts';
export type { Tried } from './try-out.ts';
export { type Accepted, hasEnded, type MoveOptions, type Waited } from './wait.ts';
