import { expect, test } from 'vitest';
import { parseBasePort, portsFrom } from '../../../localstack/addresses.ts';

test('a base port stands for five ports in a row', () => {
  expect(portsFrom(4567)).toEqual({ http: 4567, lambda: 4568, queue: 4569, eventBus: 4570, postgres: 4571 });
});

test.each(['1024', '4567', '65531'])('%s is a base port', (text) => {
  expect(parseBasePort(text)).toBe(Number(text));
});

test.each(['', '0', '80', '1023', '65532', '-1', '4567.5', '4e3', '0x1000', ' 4567', 'http'])(
  '"%s" is no base port, and the error says what is',
  (text) => {
    expect(() => parseBasePort(text)).toThrow(
      new Error(`--port takes a number from 1024 to 65531, not "${text}".`),
    );
  },
);
