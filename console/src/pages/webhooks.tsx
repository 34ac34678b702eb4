import { useLoad } from '../load.ts';
import { PageTitle } from '../parts/page.tsx';
import { Empty, Show } from '../parts/states.tsx';
import { Table } from '../parts/table.tsx';
import { State, Time } from '../parts/values.tsx';
import { href } from '../route.ts';
import type { Webhook } from '../shapes.ts';

/** The addresses that events are posted to. */
export function WebhooksPage() {
  const loaded = useLoad<{ readonly Webhooks: readonly Webhook[] }>('webhooks', (api, signal) =>
    api.get('/webhooks', {}, signal),
  );
  return (
    <>
      <PageTitle>Webhooks</PageTitle>
      <Show loaded={loaded} what="the webhooks">
        {({ Webhooks }) =>
          Webhooks.length === 0 ? (
            <Empty>
              Nobody is told of events yet. <a href="docs">A request</a> to POST /webhooks adds an address.
            </Empty>
          ) : (
            <Table
              caption="Addresses that events are posted to"
              rows={Webhooks}
              keyOf={({ WebhookId }) => WebhookId}
              columns={[
                {
                  name: 'Address',
                  cell: ({ WebhookId, Address }) => <a href={href('webhook', WebhookId)}>{Address}</a>,
                  isHead: true,
                },
                {
                  name: 'Events',
                  cell: ({ EventTypes }) => (EventTypes.length === 0 ? 'all' : EventTypes.join(', ')),
                },
                { name: 'State', cell: ({ Status }) => <State of={Status} /> },
                {
                  name: 'Failing since',
                  cell: ({ FailingSince }) => (FailingSince === null ? '' : <Time of={FailingSince} />),
                },
              ]}
            />
          )
        }
      </Show>
    </>
  );
}
