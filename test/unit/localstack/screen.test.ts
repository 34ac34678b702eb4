import { expect, test } from 'vitest';
import { LOOPBACK, queueUrlAt } from '../../../localstack/addresses.ts';
import { openScreen, summary } from '../../../localstack/screen.ts';

function written(
  isTTY: boolean,
  columns: number,
  use: (screen: ReturnType<typeof openScreen>) => void,
): string {
  let text = '';
  const write = (chunk: string | Uint8Array): boolean => {
    text += String(chunk);
    return true;
  };
  use(openScreen({ isTTY, columns, write }));
  return text;
}

const install = ({ log, progress }: ReturnType<typeof openScreen>): void => {
  log('Installing');
  progress('1 package');
  progress('2 packages of a long name');
  log('Installed');
  log('Done');
};

test('on a terminal, progress takes one line, which the next line replaces', () => {
  const clear = '\r\u001b[K';
  expect(written(true, 10, install)).toBe(
    `Installing\n${clear}1 package${clear}2 package${clear}Installed\nDone\n`,
  );
});

test('a file or a pipe gets every line', () => {
  expect(written(false, 10, install)).toBe(
    'Installing\n1 package\n2 packages of a long name\nInstalled\nDone\n',
  );
});

test.each([
  [4567, false],
  [65_531, true],
])('the start screen on port %d fits 80 columns, and has every address', (port, auth) => {
  const at = (offset: number): string => `http://${LOOPBACK}:${port + offset}`;
  const urls = {
    http: at(0),
    lambda: at(1),
    database: `postgres://local:local@${LOOPBACK}:${port + 4}/my_little_ps`,
    queue: queueUrlAt(at(2), 'my-little-ps-local-operations.fifo'),
    deadLetterQueue: queueUrlAt(at(2), 'my-little-ps-local-dead-letters.fifo'),
    queueEndpoint: at(2),
    eventBus: at(3),
  };
  const text = summary({ urls, logFile: '.local/logs/functions.log' }, { port, auth });
  for (const line of text.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
  for (const part of [urls.http, urls.lambda, urls.database, urls.queueEndpoint, urls.eventBus])
    expect(text).toContain(part);
  for (const name of [
    '/000000000000/my-little-ps-local-operations.fifo',
    'dead-letters.fifo',
    'functions.log',
  ])
    expect(text).toContain(name);
  expect(text.indexOf(`${urls.http}/console`)).toBeLessThan(text.indexOf(`${urls.http}/live`));
  expect(text.includes('--key KEY')).toBe(auth);
});
