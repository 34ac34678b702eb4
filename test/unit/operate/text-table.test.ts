import { expect, test } from 'vitest';
import { tableLines } from '../../../operate/text-table.ts';

const ROWS = [
  ['what', 'how many', 'why'],
  ['apples', '7', ''],
  ['figs', '1,200', 'a tree'],
];

test('each column is as wide as its widest cell, and no line ends in spaces', () => {
  expect(tableLines(ROWS)).toEqual(['what    how many  why', 'apples  7', 'figs    1,200     a tree']);
});

test('numbers end at the same place', () => {
  expect(tableLines(ROWS, new Set([1]))).toEqual([
    'what    how many  why',
    'apples         7',
    'figs       1,200  a tree',
  ]);
});

test('no rows are no lines', () => {
  expect(tableLines([])).toEqual([]);
});
