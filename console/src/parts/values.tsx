import { formatAmount } from '../amount.ts';
import { href } from '../route.ts';
import { showTime } from '../time.ts';
import { stateText, toneOf } from '../words.ts';

/** An amount in units, with its currency. */
export function Amount({ of, currency }: { readonly of: bigint; readonly currency?: string }) {
  return (
    <span class={of < 0n ? 'amount negative' : 'amount'}>
      {formatAmount(of)}
      {currency !== undefined && <span class="currency"> {currency}</span>}
    </span>
  );
}

/** A moment in the viewer's zone, with UTC beside. */
export function Time({ of }: { readonly of: string }) {
  const { local, utc } = showTime(of);
  return (
    <time dateTime={of}>
      {local}
      {utc !== '' && <span class="utc"> {utc}</span>}
    </time>
  );
}

/** A state as a coloured word. */
export function State({ of }: { readonly of: string }) {
  return <span class={`state ${toneOf(of)}`}>{stateText(of)}</span>;
}

export function WalletLink({ id }: { readonly id: bigint }) {
  return (
    <a href={href('wallet', id)} class="whole">
      Wallet {String(id)}
    </a>
  );
}

/** Characters of an id that a table shows: its end, where ids of one time differ. */
const SHORT_CHARACTERS = 8;

/** A payment, by the end of its id; the whole is its title, and what a screen reader says. */
export function PaymentLink({ id, isWhole = false }: { readonly id: string; readonly isWhole?: boolean }) {
  return (
    <a href={href('payment', id)} class={isWhole ? 'id' : 'id whole'} title={id}>
      {isWhole ? id : `…${id.slice(-SHORT_CHARACTERS)}`}
    </a>
  );
}
