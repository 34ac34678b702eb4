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

test('a table that is too wide for the terminal is folded, and what says nothing is left out', () => {
  const rows = [
    ['id', 'name', 'limit', 'expires', 'scopes'],
    ['7', 'shop', '-', '2027-01-31T12:00:00Z', 'wallets:read'],
    ['8', 'a name of more characters than there is room for', '5/s', '-', ''],
  ];
  expect(tableLines(rows, undefined, 40)).toEqual([
    '7',
    '  name shop',
    '  expires 2027-01-31T12:00:00Z',
    '  scopes wallets:read',
    '8',
    '  name a name of more characters than there is room for',
    '  limit 5/s',
  ]);
  expect(tableLines(rows, undefined, 200)).toEqual(tableLines(rows));
});
