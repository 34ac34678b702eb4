import type { Api, Batch, BatchResults } from '../generated/api.ts';
import { type Sent, send, type Transport } from './transport.ts';
import type { RequestOptions } from './tries.ts';

/** The requests that can be tried out. */
type Triable = {
  [Name in keyof Api]: Api[Name] extends { body: { DryRun?: boolean } } ? Name : never;
}[keyof Api];

type Body<Name extends Triable> = Omit<Api[Name]['body'], 'DryRun'>;

/** What a request would come to now: its outcome, and its wallets as they would be. Its ids are zeros. */
export type Tried<Name extends Triable> = ToldOf<
  Name extends 'POST /batch' ? BatchResults : Api[Name]['reply']
>;

type ToldOf<Reply> = Required<Pick<Reply, Extract<keyof Reply, Told>>>;

type Told = 'Status' | 'Reason' | 'Available' | 'FreeAt' | 'Operations' | 'Results' | 'Wallets';

const tryOut = async <Name extends Triable>(
  transport: Transport,
  { name, path = {}, body }: Sent<Name>,
  options: RequestOptions | undefined,
): Promise<Tried<Name>> => {
  const sent = { name, path, body: { ...(body as object | undefined), DryRun: true } };
  return (await send(transport, sent, options)) as unknown as Tried<Name>;
};

const tryOutOf =
  <Name extends Triable>(transport: Transport, name: Name) =>
  async (body: Body<Name>, options?: RequestOptions): Promise<Tried<Name>> =>
    await tryOut(transport, { name, body }, options);

/** Each as the method of the same name, but that nothing is done. */
export const tryOutsOf = (transport: Transport) => ({
  receive: tryOutOf(transport, 'POST /receive_amount'),
  transfer: tryOutOf(transport, 'POST /transfer_amount'),
  refund: tryOutOf(transport, 'POST /refund'),
  link: tryOutOf(transport, 'POST /transaction'),
  send: tryOutOf(transport, 'POST /send_amount'),
  hold: tryOutOf(transport, 'POST /hold'),
  capture: async (holdId: string, body: Body<'POST /hold/{holdId}/capture'>, options?: RequestOptions) =>
    await tryOut(transport, { name: 'POST /hold/{holdId}/capture', path: { holdId }, body }, options),
  release: async (holdId: string, options?: RequestOptions) =>
    await tryOut(transport, { name: 'POST /hold/{holdId}/release', path: { holdId } }, options),
  batch: async (Operations: Batch['Operations'], options?: RequestOptions) =>
    await tryOut(transport, { name: 'POST /batch', body: { Operations } }, options),
});
