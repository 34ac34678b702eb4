import type { KeyInfo } from './shapes.ts';

/** What a key may be good for; `admin` includes all others. */
export const SCOPES = [
  { name: 'wallets:read', says: 'see wallets and payments' },
  { name: 'wallets:write', says: 'open, freeze and limit wallets' },
  { name: 'operations:write', says: 'move money' },
  { name: 'reports:read', says: 'see reports and how the system does' },
  { name: 'currencies:write', says: 'set rates' },
  { name: 'webhooks', says: 'see and steer webhooks' },
  { name: 'admin', says: 'do everything, keys included' },
] as const;

export type Scope = (typeof SCOPES)[number]['name'];

/** Whether a key may do what takes a scope. */
export const may = ({ Scopes }: Pick<KeyInfo, 'Scopes'>, scope: Scope): boolean =>
  Scopes.includes(scope) || Scopes.includes('admin');
