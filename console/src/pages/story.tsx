import { formatAmount, formatCount } from '../amount.ts';
import { exactUnits } from '../exact.ts';
import { Facts, Section } from '../parts/page.tsx';
import { Empty } from '../parts/states.tsx';
import { Table } from '../parts/table.tsx';
import { Amount, PaymentLink, State, Time, WalletLink } from '../parts/values.tsx';
import { href } from '../route.ts';
import { useSession } from '../session.ts';
import type { Hold, Leg, Story } from '../shapes.ts';
import { ACCOUNTS, reasonText, stepText } from '../words.ts';

/** What happened in each wallet, one step after the other. */
export function Legs({
  legs,
  entries,
}: {
  readonly legs: readonly Leg[];
  readonly entries: Story['Entries'];
}) {
  const currencyOf = (walletId: bigint): string | undefined =>
    entries.find(({ WalletId }) => WalletId === walletId)?.Currency;
  return (
    <Section id="steps" title="Step by step">
      <p class="hint">
        A payment goes in steps: what leaves one wallet is booked first, and then what arrives in the other.
      </p>
      {legs.length === 0 ? (
        <Empty>No step was made.</Empty>
      ) : (
        <ol class="steps">
          {legs.map((leg) => (
            <li key={`${leg.WalletId} ${leg.Leg} ${leg.Number} ${leg.Position}`}>
              <Step leg={leg} currency={currencyOf(leg.WalletId)} />
            </li>
          ))}
        </ol>
      )}
    </Section>
  );
}

const BOOKED = { in: 'Added, rounded down', out: 'Taken, rounded up' } as const;

/** @param currency the wallet's; undefined if no money moved in it, which alone tells */
function Step({ leg, currency }: { readonly leg: Leg; readonly currency: string | undefined }) {
  const { Type, WalletId, Status, Reason, ProcessedAt, WalletAmount, BalanceBefore, BalanceAfter } = leg;
  const unit = currency ?? 'in the wallet’s currency';
  const inWallet = (amount: bigint) => <Amount of={amount} currency={unit} />;
  const facts = [
    ...(ProcessedAt === null ? [] : [['Booked', <Time key="booked" of={ProcessedAt} />] as const]),
    ...(Status === 'success' && leg.CurrencyRate !== null && leg.WalletRate !== null
      ? [
          [
            'Rates, in USD',
            `${leg.CurrencyRate} for 1 ${leg.Currency}; ${leg.WalletRate} for 1 ${currency ?? 'of the wallet’s'}`,
          ] as const,
        ]
      : []),
    ...(leg.Exact === null ? [] : [['Exactly', `${exactUnits(String(leg.Exact))} ${unit}`] as const]),
    ...(WalletAmount === null
      ? []
      : [[Type === null ? 'Rounded up' : BOOKED[Type], inWallet(WalletAmount)] as const]),
    // A hold leaves the balance as it is.
    ...(Type === null || BalanceBefore === null || BalanceAfter === null
      ? []
      : [
          [
            'Balance',
            <span key="balance">
              {inWallet(BalanceBefore)} before, {inWallet(BalanceAfter)} after
            </span>,
          ] as const,
        ]),
    ...(leg.Position === null ? [] : [['Number in the wallet', formatCount(leg.Position)] as const]),
    ...(leg.Hash === null ? [] : [['Seal', <code key="hash">{leg.Hash}</code>] as const]),
    ...(leg.EventId === null ? [] : [['Event', <code key="event">{leg.EventId}</code>] as const]),
  ] as const;
  return (
    <>
      <h3>
        <Amount of={leg.Amount} currency={leg.Currency} /> {stepText(leg.Leg, Type)}{' '}
        <WalletLink id={WalletId} /> <State of={Status} />
      </h3>
      {Reason !== null && (
        <p>
          {Status === 'decline' ? 'Declined' : 'It came back'}, as {reasonText(Reason)}.
        </p>
      )}
      <Facts of={facts} />
    </>
  );
}

/** The same as double entry: whatever is taken somewhere is added elsewhere. */
export function Entries({
  entries,
  sums,
}: {
  readonly entries: Story['Entries'];
  readonly sums: Story['Sums'];
}) {
  return (
    <Section id="entries" title="Double entry">
      {entries.length === 0 ? (
        <Empty>No money has moved, so nothing was entered.</Empty>
      ) : (
        <>
          <Table
            caption="Each entry, by account and currency"
            rows={entries.map((entry, index) => ({ ...entry, index }))}
            keyOf={({ index }) => String(index)}
            columns={[
              {
                name: 'Account',
                cell: ({ Account, WalletId }) =>
                  WalletId === null ? (ACCOUNTS[Account] ?? Account) : <WalletLink id={WalletId} />,
                isHead: true,
              },
              { name: 'Currency', cell: ({ Currency }) => Currency },
              { name: 'Amount', cell: ({ Amount: amount }) => <Amount of={amount} />, isNumber: true },
            ]}
          />
          <p class="sums">
            {sums.map(({ Currency, Amount: amount }) => (
              <span key={Currency} class={amount === 0n ? 'state good' : 'state bad'}>
                Sum in {Currency}: {formatAmount(amount)}
              </span>
            ))}
          </p>
        </>
      )}
    </Section>
  );
}

/** The refunds of a payment. */
export function Refunds({ refunds }: { readonly refunds: Story['Refunds'] }) {
  if (refunds.length === 0) return null;
  return (
    <Section id="refunds" title="Refunds">
      <Table
        caption="What was given back of this payment"
        rows={refunds}
        keyOf={({ TransactionId }) => TransactionId}
        columns={[
          { name: 'Refund', cell: ({ TransactionId }) => <PaymentLink id={TransactionId} />, isHead: true },
          {
            name: 'Amount',
            cell: ({ Amount: amount, Currency }) =>
              amount === null || Currency === null ? 'all of it' : <Amount of={amount} currency={Currency} />,
            isNumber: true,
          },
          { name: 'Requested', cell: ({ CreatedAt }) => <Time of={CreatedAt} /> },
          { name: 'State', cell: ({ Status }) => <State of={Status} /> },
        ]}
      />
    </Section>
  );
}

/** The hold that a payment belongs to. */
export function HoldPart({
  hold: { HoldId, Kind, Amount: amount, Captured, Currency, Status },
}: {
  readonly hold: Hold;
}) {
  return (
    <Section id="hold" title={Kind === 'payout' ? 'Waiting for the bank' : 'Hold'}>
      <p>
        <a href={href('hold', HoldId)}>{Kind === 'payout' ? 'The payout' : 'A hold'}</a> of{' '}
        <Amount of={amount} currency={Currency} />, of which <Amount of={Captured} /> were captured:{' '}
        <State of={Status} />
      </p>
    </Section>
  );
}

/** What was told to webhooks of it. */
export function Deliveries({ deliveries }: { readonly deliveries: Story['Deliveries'] }) {
  const { may } = useSession();
  if (deliveries.length === 0) return null;
  return (
    <Section id="deliveries" title="Told to webhooks">
      <Table
        caption="What was posted to others about this payment"
        rows={deliveries}
        keyOf={({ WebhookId, MessageId }) => `${WebhookId} ${MessageId}`}
        columns={[
          { name: 'Event', cell: ({ Type }) => Type, isHead: true },
          {
            name: 'Webhook',
            cell: ({ WebhookId }) =>
              may('webhooks') ? (
                <a href={href('webhook', WebhookId)}>…{WebhookId.slice(-8)}</a>
              ) : (
                WebhookId.slice(-8)
              ),
          },
          { name: 'Attempts', cell: ({ Attempts }) => formatCount(Attempts), isNumber: true },
          {
            name: 'Latest',
            cell: ({ AttemptedAt }) => (AttemptedAt === null ? 'none yet' : <Time of={AttemptedAt} />),
          },
          { name: 'Answer', cell: ({ AnswerStatus }) => (AnswerStatus === null ? '' : String(AnswerStatus)) },
          { name: 'State', cell: ({ Status }) => <State of={Status} /> },
        ]}
      />
    </Section>
  );
}
