import { useState } from 'preact/hooks';
import { ActionForm } from '../forms/action.tsx';
import { ACTIONS, BEGINNINGS, isActionName } from '../forms/kinds.ts';
import { PageTitle } from '../parts/page.tsx';
import { Empty } from '../parts/states.tsx';
import { href, type Route } from '../route.ts';

/** The fields that a link may fill in beforehand. */
const FILLED = ['WalletId', 'OriginWalletId', 'TransactionId', 'Currency', 'Amount'] as const;

/** A form that moves money. */
export function ActPage({ name, query }: { readonly name: string; readonly query: Route['query'] }) {
  const [count, setCount] = useState(0);
  if (!isActionName(name))
    return (
      <>
        <PageTitle>No such form</PageTitle>
        <Empty>
          Choose one of <a href={href('act', 'transfer')}>the forms that move money</a>.
        </Empty>
      </>
    );
  const initial = Object.fromEntries(
    FILLED.flatMap((field) => (query[field] ? [[field, query[field]]] : [])),
  );
  return (
    <>
      <PageTitle>{ACTIONS[name].title}</PageTitle>
      {BEGINNINGS.includes(name) && (
        <nav aria-label="Kinds of payment" class="kinds">
          <ul>
            {BEGINNINGS.map((kind) => (
              <li key={kind}>
                <a href={href('act', kind, query)} aria-current={kind === name ? 'page' : undefined}>
                  {ACTIONS[kind].title}
                </a>
              </li>
            ))}
          </ul>
        </nav>
      )}
      <div class="card narrow">
        <ActionForm
          key={count}
          {...{ name, initial, about: query['about'] ?? '' }}
          onAnother={() => setCount((before) => before + 1)}
        />
      </div>
    </>
  );
}
