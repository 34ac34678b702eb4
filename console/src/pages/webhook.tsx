import { useState } from 'preact/hooks';
import { formatCount } from '../amount.ts';
import { useSend } from '../forms/send.ts';
import { useLoad } from '../load.ts';
import { Facts, PageTitle, Section } from '../parts/page.tsx';
import { Empty, Failed, Show } from '../parts/states.tsx';
import { Table } from '../parts/table.tsx';
import { State, Time } from '../parts/values.tsx';
import type { Delivery, Webhook } from '../shapes.ts';

/** Deliveries of a page. */
const PAGE_SIZE = 50;

/** Why a webhook was disabled. */
const BECAUSE: Readonly<Record<string, string>> = {
  requested: 'somebody asked for it',
  gone: 'its receiver answered that it is gone',
  failing: 'each post failed for three days',
};

/** A webhook: what it was sent, and what it said to that. */
export function WebhookPage({ id }: { readonly id: string }) {
  const loaded = useLoad<{ readonly webhook: Webhook | undefined }>(`webhook ${id}`, async (api, signal) => {
    const { Webhooks } = await api.get<{ Webhooks: readonly Webhook[] }>('/webhooks', {}, signal);
    return { webhook: Webhooks.find(({ WebhookId }) => WebhookId === id) };
  });
  return (
    <>
      <PageTitle>Webhook</PageTitle>
      <Show loaded={loaded} what="the webhook">
        {({ webhook }) =>
          webhook === undefined ? (
            <Empty>There is no webhook {id}.</Empty>
          ) : (
            <>
              <About webhook={webhook} onChanged={loaded.reload} />
              <Deliveries id={id} />
            </>
          )
        }
      </Show>
    </>
  );
}

function About({ webhook, onChanged }: { readonly webhook: Webhook; readonly onChanged: () => void }) {
  const { WebhookId, Address, EventTypes, Description, Status, CreatedAt, FailingSince, DisabledBecause } =
    webhook;
  const { isSending, reply, error, send } = useSend(onChanged);
  const ask = (what: string) => () => send(`/webhook/${WebhookId}/${what}`, {});
  return (
    <Section id="about" title={Address}>
      <Facts
        of={[
          [
            'State',
            <span key="state">
              <State of={Status} />
              {DisabledBecause !== null && `: ${BECAUSE[DisabledBecause] ?? DisabledBecause}`}
            </span>,
          ],
          ['Events', EventTypes.length === 0 ? 'all' : EventTypes.join(', ')],
          ['Made', <Time key="made" of={CreatedAt} />],
          ...(Description === null ? [] : [['Description', Description] as const]),
          ...(FailingSince === null ? [] : [['Failing since', <Time key="f" of={FailingSince} />] as const]),
        ]}
      />
      <div class="buttons">
        <button type="button" disabled={isSending || Status === 'disabled'} onClick={ask('test')}>
          Send a test
        </button>
        <button type="button" disabled={isSending} onClick={ask(Status === 'enabled' ? 'disable' : 'enable')}>
          {Status === 'enabled' ? 'Disable' : 'Enable'}
        </button>
      </div>
      {error && <Failed error={error} />}
      {reply !== undefined && (
        <p role="status" class="note good">
          Done.
        </p>
      )}
    </Section>
  );
}

interface DeliveriesPage {
  readonly Deliveries: readonly Delivery[];
  readonly Next: string | bigint | null;
}

function Deliveries({ id }: { readonly id: string }) {
  const [after, setAfter] = useState<string>();
  const path = `/webhook/${encodeURIComponent(id)}`;
  const loaded = useLoad<DeliveriesPage>(`deliveries ${id} ${after}`, (api, signal) =>
    api.get(`${path}/deliveries`, { limit: PAGE_SIZE, after }, signal),
  );
  const { isSending, reply, error, send } = useSend<{ readonly Resent: bigint }>(loaded.reload);
  return (
    <Section id="deliveries" title="Deliveries">
      {error && <Failed error={error} />}
      {reply !== undefined && (
        <p role="status" class="note good">
          {formatCount(reply.Resent)} sent again.
        </p>
      )}
      <Show loaded={loaded} what="the deliveries">
        {({ Deliveries: deliveries, Next }) =>
          deliveries.length === 0 ? (
            <Empty>Nothing was sent to it within the last 14 days.</Empty>
          ) : (
            <>
              <Table
                caption="What was posted, the latest first"
                rows={deliveries}
                keyOf={({ MessageId }) => MessageId}
                columns={[
                  { name: 'Event', cell: ({ EventType }) => EventType, isHead: true },
                  { name: 'Since', cell: ({ CreatedAt }) => <Time of={CreatedAt} /> },
                  { name: 'Attempts', cell: ({ Attempts }) => formatCount(Attempts), isNumber: true },
                  {
                    name: 'Answer',
                    cell: ({ AnswerStatus, Problem }) =>
                      Problem ?? (AnswerStatus === null ? '' : String(AnswerStatus)),
                  },
                  { name: 'State', cell: ({ Status }) => <State of={Status} /> },
                  {
                    name: 'Again',
                    cell: ({ MessageId, EventType }) => (
                      <button
                        type="button"
                        disabled={isSending}
                        aria-label={`Send ${EventType} again`}
                        onClick={() => send(`${path}/resend`, { MessageId })}
                      >
                        Send again
                      </button>
                    ),
                  },
                ]}
              />
              <p class="pages">
                {after !== undefined && (
                  <button type="button" onClick={() => setAfter(undefined)}>
                    Latest
                  </button>
                )}
                {Next !== null && (
                  <button type="button" onClick={() => setAfter(String(Next))}>
                    Older ones
                  </button>
                )}
              </p>
            </>
          )
        }
      </Show>
    </Section>
  );
}
