/** A rate's text, as JSON writes numbers, or a sentence that says what is wrong. */
export type ParsedRate =
  | { readonly ok: true; readonly rate: string }
  | { readonly ok: false; readonly error: string };

const RATE = /^\d+(?:\.\d+)?$/;

/** Decimals that the API takes. */
const MAX_DECIMALS = 12;

/** Reads a rate that somebody typed. It stays text: no digit of it is rounded. */
export function parseRate(text: string): ParsedRate {
  const typed = text.trim();
  if (!RATE.test(typed))
    return { ok: false, error: 'Type what one unit is worth with a point, such as 1.093809.' };
  const [whole = '', decimals = ''] = typed.split('.');
  const kept = decimals.replace(/0+$/, '');
  if (kept.length > MAX_DECIMALS)
    return { ok: false, error: `A rate has at most ${MAX_DECIMALS} decimals; this one has ${kept.length}.` };
  const rate = `${whole.replace(/^0+(?=\d)/, '')}${kept === '' ? '' : `.${kept}`}`;
  return rate === '0' ? { ok: false, error: 'The rate must be more than zero.' } : { ok: true, rate };
}
