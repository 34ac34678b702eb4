import { formatCount } from '../amount.ts';
import { evennessOf } from '../evenness.ts';
import { useSend } from '../forms/send.ts';
import { useLoad } from '../load.ts';
import { PairedBars } from '../parts/bars.tsx';
import { PageTitle, Section } from '../parts/page.tsx';
import { Empty, Failed, Show } from '../parts/states.tsx';
import { AsTable, Table } from '../parts/table.tsx';
import { Time } from '../parts/values.tsx';
import { useSession } from '../session.ts';
import type { GroupRun, Groups } from '../shapes.ts';

/** How often it is read anew: runs come every half hour, and what waits changes by the second. */
const EVERY_MS = 10_000;

/** What `POST /rebalance` says. */
interface Rebalanced {
  readonly RunId: string;
  readonly Status: 'done' | 'running';
  readonly WalletsMoved?: bigint;
}

/** The groups that wallets are spread over, and how the last runs of the balancer evened them out. */
export function GroupsPage() {
  const loaded = useLoad<Groups>('groups', (api, signal) => api.get('/groups', {}, signal), EVERY_MS);
  const { may } = useSession();
  return (
    <>
      <PageTitle>Groups</PageTitle>
      <p class="lead">
        Wallets are spread over groups, which are worked through side by side. The balancer looks how busy
        each wallet was, and spreads them so that each group has the same to do.
      </p>
      {may('admin') && <Rebalance onDone={loaded.reload} />}
      <Show loaded={loaded} what="the groups">
        {({ Groups: groups, Runs }) => (
          <>
            {Runs.length === 0 ? (
              <Empty>The balancer has not run yet.</Empty>
            ) : (
              Runs.map((run) => <Run key={run.RunId} run={run} />)
            )}
            <Section id="now" title="The groups now">
              <Table
                caption="Wallets, and operations that wait, by group"
                rows={groups}
                keyOf={({ Group }) => String(Group)}
                columns={[
                  { name: 'Group', cell: ({ Group }) => String(Group), isHead: true },
                  {
                    name: 'Wallets',
                    cell: ({ Wallets }) => (Wallets === null ? 'not counted' : formatCount(Wallets)),
                    isNumber: true,
                  },
                  { name: 'Waiting', cell: ({ Pending }) => formatCount(Pending), isNumber: true },
                ]}
              />
            </Section>
          </>
        )}
      </Show>
    </>
  );
}

function Rebalance({ onDone }: { readonly onDone: () => void }) {
  const { isSending, reply, error, send } = useSend<Rebalanced>(onDone);
  return (
    <div class="act">
      <button type="button" class="primary" disabled={isSending} onClick={() => send('/rebalance', {})}>
        {isSending ? 'Rebalancing …' : 'Rebalance now'}
      </button>
      {error && <Failed error={error} />}
      {reply && (
        <p role="status" class="note good">
          {reply.Status === 'running'
            ? 'The balancer runs. Its result will be shown here.'
            : `Done: ${formatCount(reply.WalletsMoved ?? 0n)} wallets changed their group.`}
        </p>
      )}
    </div>
  );
}

const percent = (excess: number | undefined): string =>
  excess === undefined ? 'no load' : `busiest ${excess}% above an even share`;

function Run({ run }: { readonly run: GroupRun }) {
  const { RunId, StartedAt, Trigger, WalletsMoved, Groups: groups } = run;
  const before = evennessOf(groups.map(({ OperationsBefore }) => OperationsBefore));
  const after = evennessOf(groups.map(({ OperationsAfter }) => OperationsAfter));
  const summary = `Before: ${percent(before.excessPercent)}. After: ${percent(after.excessPercent)}.`;
  return (
    <section class="card" aria-labelledby={`run-${RunId}`}>
      <h2 id={`run-${RunId}`}>
        Run of <Time of={StartedAt} />
      </h2>
      <p>
        {Trigger === 'request' ? 'On request' : 'On schedule'}; {formatCount(WalletsMoved)} wallets changed
        their group. {before.total === 0n ? 'No wallet was busy.' : summary}
      </p>
      {before.total > 0n && (
        <>
          <PairedBars
            summary={`Operations of each group before and after. ${summary}`}
            pairs={groups.map(({ Group, OperationsBefore, OperationsAfter }) => ({
              ...{ name: String(Group), before: OperationsBefore, after: OperationsAfter },
            }))}
          />
          <p class="legend">
            <span class="swatch before" /> before <span class="swatch after" /> after{' '}
            <span class="swatch even" /> an even share
          </p>
          <AsTable
            caption="Operations by group, before and after"
            rows={groups}
            keyOf={({ Group }) => String(Group)}
            columns={[
              { name: 'Group', cell: ({ Group }) => String(Group), isHead: true },
              {
                name: 'Before',
                cell: ({ OperationsBefore }) => formatCount(OperationsBefore),
                isNumber: true,
              },
              {
                name: 'After',
                cell: ({ OperationsAfter }) => formatCount(OperationsAfter),
                isNumber: true,
              },
            ]}
          />
        </>
      )}
    </section>
  );
}
