import { Amount, WalletLink } from '../parts/values.tsx';
import type { Outcome } from '../shapes.ts';
import { reasonText } from '../words.ts';
import type { ActionKind } from './kinds.ts';

/** Whether a payment ends, or would end, as whoever sends the form wishes. */
export const isAsWished = ({ Status, Reason }: Outcome, { goal }: ActionKind): boolean =>
  goal === undefined ? Status === 'success' : Status === 'decline' && Reason === goal;

/** What a request would come to, before it is sent. */
export function TriedOutcome({ outcome, kind }: { readonly outcome: Outcome; readonly kind: ActionKind }) {
  const { Status, Reason, Wallets = [] } = outcome;
  const isDeclined = Status === 'decline' && !isAsWished(outcome, kind);
  return (
    <div role="status" class={isDeclined ? 'note bad' : 'note good'}>
      <p>
        {isDeclined
          ? `It would be declined: ${reasonText(Reason ?? '')}. Nothing was done.`
          : 'It would succeed. Nothing was done yet.'}
      </p>
      {!isDeclined && (
        <ul>
          {Wallets.map(({ WalletID, Currency, Balance, Available }) => (
            <li key={String(WalletID)}>
              <WalletLink id={WalletID} /> would have <Amount of={Balance} currency={Currency} />
              {Available !== Balance && (
                <>
                  , of which <Amount of={Available} /> can be spent
                </>
              )}
              .
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** What became of a request that was sent. */
export function sentText(outcome: Outcome, kind: ActionKind): string {
  const { Status, Reason } = outcome;
  if (isAsWished(outcome, kind)) return `Done: ${kind.done}`;
  if (Status === 'decline') return `It was declined: ${reasonText(Reason ?? '')}. No money was moved.`;
  return 'It was accepted, and will be done in a moment.';
}
