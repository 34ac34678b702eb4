import { useState } from 'preact/hooks';
import { Section } from '../parts/page.tsx';
import { Failed } from '../parts/states.tsx';
import { useSession } from '../session.ts';

const DAY_MS = 86_400_000;

/** Days of the period that is filled in beforehand. */
const DAYS = 30;

/** When a saved file is no longer needed in memory: the browser has begun to save it by then. */
const KEPT_MS = 60_000;

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** A wallet's statement as a file, of whole days in UTC. */
export function Statement({ walletId }: { readonly walletId: bigint }) {
  const { api } = useSession();
  const [from, setFrom] = useState(dayOf(Date.now() - DAYS * DAY_MS));
  const [until, setUntil] = useState(dayOf(Date.now()));
  const [error, setError] = useState<Error>();
  const [isReading, setIsReading] = useState(false);
  const download = async (): Promise<void> => {
    setIsReading(true);
    setError(undefined);
    try {
      // The last day is part of the statement, and of no period that ends with it.
      const to = dayOf(Date.parse(until) + DAY_MS);
      const file = await api.download(`/operations/file/${walletId}`, { from, to, columns: 'all' });
      offer(file, `wallet-${walletId}-${from}-${until}.csv`);
    } catch (failure) {
      setError(failure as Error);
    }
    setIsReading(false);
  };
  return (
    <Section id="statement" title="Statement">
      <form
        class="filters"
        aria-label="Statement"
        onSubmit={(event) => {
          event.preventDefault();
          void download();
        }}
      >
        <div class="field">
          <label for="statement-from">First day (UTC)</label>
          <input
            {...{ id: 'statement-from', type: 'date', required: true, value: from }}
            onInput={({ currentTarget }) => setFrom(currentTarget.value)}
          />
        </div>
        <div class="field">
          <label for="statement-until">Last day (UTC)</label>
          <input
            {...{ id: 'statement-until', type: 'date', required: true, value: until, min: from }}
            onInput={({ currentTarget }) => setUntil(currentTarget.value)}
          />
        </div>
        <button type="submit" disabled={isReading}>
          {isReading ? 'Reading …' : 'Save as a file (CSV)'}
        </button>
      </form>
      {error && <Failed error={error} />}
    </Section>
  );
}

/** Has the browser save what was read: a link alone could not send the key. */
function offer(file: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), KEPT_MS);
}
