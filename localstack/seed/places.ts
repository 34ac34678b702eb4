/** Where customers and shops of the story are. */
export interface Place {
  readonly country: string;
  readonly cities: readonly string[];
  readonly currency: string;
  /** Of a hundred customers, how many live there. */
  readonly share: number;
}

export const PLACES: readonly Place[] = [
  { country: 'US', cities: ['New York', 'Chicago', 'Austin'], currency: 'USD', share: 30 },
  { country: 'DE', cities: ['Berlin', 'Hamburg', 'Cologne'], currency: 'EUR', share: 22 },
  { country: 'FR', cities: ['Paris', 'Lyon'], currency: 'EUR', share: 16 },
  { country: 'UK', cities: ['London', 'York'], currency: 'GBP', share: 14 },
  { country: 'JP', cities: ['Tokyo', 'Osaka'], currency: 'JPY', share: 10 },
  { country: 'TH', cities: ['Bangkok', 'Chiang Mai'], currency: 'THB', share: 8 },
];

/** A currency of the story. */
interface Money {
  /** USD per unit: the rate that a system gets which has none for it. */
  readonly rate: string;
  /** How many units buy about as much as one USD: prices and salaries are in numbers that people know. */
  readonly level: bigint;
}

export const MONEY: Readonly<Record<string, Money>> = {
  USD: { rate: '1', level: 1n },
  EUR: { rate: '1.093809', level: 1n },
  GBP: { rate: '1.2714', level: 1n },
  JPY: { rate: '0.0067', level: 150n },
  THB: { rate: '0.029758', level: 35n },
};
