import { type Config, readConfig, type SettingName } from './config.ts';

/** What a function needs: the setting that names it, and what is opened with its value, by the name of a dependency. */
type Need = {
  readonly [K in SettingName]: { readonly setting: K; readonly open: (value: Config[K]) => object };
}[SettingName];

type Intersection<T> = (T extends unknown ? (each: T) => void : never) extends (all: infer All) => void
  ? All
  : never;

/** What a function gets for its needs. */
type DepsOf<Needs extends readonly Need[]> = Needs extends readonly []
  ? object
  : Intersection<ReturnType<Needs[number]['open']>>;

/** A setting that is a dependency as it is. */
export const setting = <K extends SettingName>(name: K) => ({
  setting: name,
  open: (value: Config[K]) => ({ [name]: value }) as { readonly [N in K]: Config[K] },
});

/**
 * Makes a module's handlers out of what they need, which they share. In Lambda the settings are read at once, as a wrong
 * one must fail the start and not a request; elsewhere with the first call, so that whoever imports a function needs no
 * settings.
 *
 * @param needs in the words of serverless.yml where it has them
 * @returns what makes a handler
 * @throws Error naming each setting that is missing or wrong; outside of Lambda the handler's first call does
 */
export function entry<const Needs extends readonly Need[]>(...needs: Needs) {
  let opened: DepsOf<Needs> | undefined;
  const deps = (): DepsOf<Needs> => {
    opened ??= open(needs) as DepsOf<Needs>;
    return opened;
  };
  const isLambda = process.env['AWS_LAMBDA_FUNCTION_NAME'] !== undefined;
  if (isLambda) deps();
  return <Parameters extends unknown[], Reply>(
    make: (deps: DepsOf<Needs>) => (...parameters: Parameters) => Promise<Reply>,
  ): ((...parameters: Parameters) => Promise<Reply>) => {
    if (isLambda) return make(deps());
    let handler: ReturnType<typeof make> | undefined;
    return async (...parameters) => {
      handler ??= make(deps());
      return await handler(...parameters);
    };
  };
}

function open(needs: readonly Need[]): object {
  // All at once: a message names all that is wrong.
  const config = readConfig(needs.map((need) => need.setting));
  const parts = needs.map((need) => (need.open as (value: unknown) => object)(config[need.setting]));
  return Object.assign({}, ...parts) as object;
}
