import { useEffect, useState } from 'preact/hooks';
import type { Api } from '../api.ts';
import { useLoad } from '../load.ts';
import { Facts, PageTitle, Section } from '../parts/page.tsx';
import { Empty, Show } from '../parts/states.tsx';
import { Amount, PaymentLink, State, Time, WalletLink } from '../parts/values.tsx';
import { href } from '../route.ts';
import { useSession } from '../session.ts';
import type { Hold, Operation, Story, Transaction } from '../shapes.ts';
import { reasonText } from '../words.ts';
import { Deliveries, Entries, HoldPart, Legs, Refunds } from './story.tsx';

/** How often a payment that is under way is looked at again. */
const EVERY_MS = 3_000;

/** A payment, and its story where the key may see it. */
interface Told {
  readonly transaction: Transaction;
  readonly story: Story | undefined;
}

async function read(api: Api, id: string, isWhole: boolean, signal: AbortSignal): Promise<Told> {
  const path = `/transaction/${encodeURIComponent(id)}`;
  if (!isWhole) return { transaction: await api.get<Transaction>(path, {}, signal), story: undefined };
  const story = await api.get<Story>(`${path}/story`, {}, signal);
  return { transaction: story.Transaction, story };
}

/** A payment's story: from its request to each of its steps, and what belongs to it. */
export function PaymentPage({ id }: { readonly id: string }) {
  const { may } = useSession();
  const isWhole = may('reports:read');
  const [isOpen, setIsOpen] = useState(false);
  const loaded = useLoad<Told>(
    `payment ${id}`,
    (api, signal) => read(api, id, isWhole, signal),
    isOpen ? EVERY_MS : undefined,
  );
  const status = loaded.value?.transaction.Status;
  useEffect(() => setIsOpen(status === 'new' || status === 'processing'), [status]);
  return (
    <>
      <PageTitle>Payment</PageTitle>
      <Show loaded={loaded} what="the payment">
        {({ transaction, story }) => (
          <>
            <About transaction={transaction} story={story} />
            {story === undefined ? <Steps operations={transaction.Operations} /> : <Whole story={story} />}
          </>
        )}
      </Show>
    </>
  );
}

function About({
  transaction,
  story,
}: {
  readonly transaction: Transaction;
  readonly story: Story | undefined;
}) {
  const {
    TransactionId,
    Status,
    Reason,
    Reference,
    Description,
    CreatedAt,
    ProcessedAt,
    RefundOf,
    Metadata,
  } = transaction;
  const facts = [
    ['Id', <code key="id">{TransactionId}</code>],
    ['State', <StateOf key="state" status={Status} reason={Reason} />],
    ['Requested', <Time key="requested" of={CreatedAt} />],
    ...(ProcessedAt === null ? [] : [['Ended', <Time key="ended" of={ProcessedAt} />] as const]),
    ...(Reference === undefined ? [] : [['Reference', Reference] as const]),
    ...(Description === undefined ? [] : [['Description', Description] as const]),
    ...Object.entries(Metadata ?? {}).map((entry) => entry as readonly [string, string]),
    ...(story?.CorrelationId
      ? [
          [
            'Correlation id',
            <a key="c" href={href('search', '', { q: story.CorrelationId })}>
              <code>{story.CorrelationId}</code>
            </a>,
          ] as const,
        ]
      : []),
    ...(RefundOf === undefined
      ? []
      : [['Gives back', <PaymentLink key="r" id={RefundOf} isWhole />] as const]),
  ] as const;
  return (
    <Section id="about" title="What was asked for">
      <p class="large">
        <Asked operations={transaction.Operations} hold={story?.Hold ?? null} />
      </p>
      <Facts of={facts} />
      <Offers transaction={transaction} story={story} />
    </Section>
  );
}

function StateOf({ status, reason }: { readonly status: string; readonly reason: string | null }) {
  return (
    <>
      <State of={status} />
      {reason !== null && `: ${reasonText(reason)}`}
    </>
  );
}

/** The amount, and from where to where: by the first operation, as the others follow from it. */
function Asked({
  operations,
  hold,
}: {
  readonly operations: readonly Operation[];
  readonly hold: Hold | null;
}) {
  const first = operations[0];
  if (first === undefined)
    return hold === null ? (
      <>Nothing that moves money by itself</>
    ) : (
      <>
        <Amount of={hold.Amount} currency={hold.Currency} /> kept back in <WalletLink id={hold.WalletId} />
      </>
    );
  const { Type, WalletId, CounterpartyId, Amount: amount, Currency } = first;
  const own = <WalletLink id={WalletId} />;
  const other = CounterpartyId === null ? 'outside' : <WalletLink id={CounterpartyId} />;
  return (
    <>
      <Amount of={amount} currency={Currency} /> from {Type === 'in' ? other : own} to{' '}
      {Type === 'in' ? own : other}
    </>
  );
}

/** What can be done about a payment. */
function Offers({
  transaction,
  story,
}: {
  readonly transaction: Transaction;
  readonly story: Story | undefined;
}) {
  const { may } = useSession();
  const { TransactionId, Status, Kind, RefundOf, Operations } = transaction;
  if (!may('operations:write')) return null;
  const isPayoutHeld = story?.Hold?.Kind === 'payout' && story.Hold.Status === 'active';
  const isRefundable =
    Status === 'success' && RefundOf === undefined && Kind !== 'refund' && Operations.length > 0;
  return (
    <p class="buttons">
      {isRefundable && (
        <a class="button" href={href('act', 'refund', { TransactionId })}>
          Refund
        </a>
      )}
      {isPayoutHeld && (
        <>
          <a class="button" href={href('act', 'confirm', { about: TransactionId })}>
            Confirm the payout
          </a>
          <a class="button" href={href('act', 'cancel', { about: TransactionId })}>
            Cancel the payout
          </a>
        </>
      )}
    </p>
  );
}

function Whole({ story }: { readonly story: Story }) {
  const { Legs: legs, Entries: entries, Sums, Refunds: refunds, Hold, Deliveries: deliveries } = story;
  return (
    <>
      {story.IsCut && (
        <p role="status" class="note busy">
          This payment has more parts than are shown here.
        </p>
      )}
      <Legs legs={legs} entries={entries} />
      <Entries entries={entries} sums={Sums} />
      <Refunds refunds={refunds} />
      {Hold !== null && <HoldPart hold={Hold} />}
      <Deliveries deliveries={deliveries} />
    </>
  );
}

/** The steps, where the key may not see the whole story. */
function Steps({ operations }: { readonly operations: readonly Operation[] }) {
  return (
    <Section id="steps" title="Steps">
      {operations.length === 0 ? (
        <Empty>No money has moved.</Empty>
      ) : (
        <ol class="steps">
          {operations.map(
            ({ WalletId, Position, Type, Amount: amount, Currency, Status, Reason, BalanceAfter }) => (
              <li key={`${WalletId} ${Position}`}>
                <Amount of={amount} currency={Currency} /> {Type === 'in' ? 'into' : 'out of'}{' '}
                <WalletLink id={WalletId} />: <StateOf status={Status} reason={Reason} />
                {BalanceAfter !== null && (
                  <>
                    ; balance after <Amount of={BalanceAfter} />
                  </>
                )}
              </li>
            ),
          )}
        </ol>
      )}
    </Section>
  );
}
