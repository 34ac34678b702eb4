import { PLACES, type Place } from './places.ts';
import { itemAt, type Random, random, weighted } from './random.ts';

/** Who has a wallet in the story. */
export interface Player {
  /** The place among all wallets of the story, from 0. */
  readonly index: number;
  readonly name: string;
  readonly city: string;
  readonly place: Place;
}

/** Everybody in the story: first the shops, and then the customers. */
export interface Cast {
  readonly shops: readonly Player[];
  readonly customers: readonly Player[];
}

/** One wallet of so many is a shop's. */
const WALLETS_PER_SHOP = 20;

/** A shop in each country, and as many customers. */
export const MIN_WALLETS = 2 * PLACES.length;

/** The stream of choices who lives where; the lanes have the streams from 0 on. */
const CAST_STREAM = -2;

/** @param wallets {@link MIN_WALLETS} or more */
export function castOf(wallets: number, seed: number): Cast {
  const dice = random(seed, CAST_STREAM);
  const shopCount = Math.max(PLACES.length, Math.floor(wallets / WALLETS_PER_SHOP));
  const livesIn = weighted(PLACES.map(({ share }) => share));
  const shops = Array.from({ length: shopCount }, (_, index) =>
    player(index, `Shop ${index + 1}`, itemAt(PLACES, index % PLACES.length), dice),
  );
  const customers = Array.from({ length: wallets - shopCount }, (_, index) =>
    player(shopCount + index, `Customer ${index + 1}`, itemAt(PLACES, livesIn(dice)), dice),
  );
  return { shops, customers };
}

const player = (index: number, name: string, place: Place, { pick }: Random): Player => ({
  index,
  name,
  place,
  city: pick(place.cities),
});
