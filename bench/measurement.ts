export interface Measurement {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What the value holds for: sizes, input, settings. */
  readonly conditions: string;
}
