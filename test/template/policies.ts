import { list, type Template, target } from './template.ts';

/** The account, region and ids that stand for what only CloudFormation knows. */
const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws',
  'AWS::Region': 'eu-central-1',
  'AWS::AccountId': '123456789012',
};

const BASE = 'eu-central-1:123456789012';

/** The ARN, or what Ref gives, of a resource: made of its name in the template, or of its logical id. */
export function arnOf(template: Template, id: string): string {
  const { Type = '', Properties = {} } = template.Resources[id] ?? {};
  const name = String(Properties['QueueName'] ?? Properties['Name'] ?? Properties['FunctionName'] ?? id);
  const arns: Record<string, string> = {
    'AWS::SQS::Queue': `arn:aws:sqs:${BASE}:${name}`,
    'AWS::Events::EventBus': `arn:aws:events:${BASE}:event-bus/${name}`,
    'AWS::Lambda::Function': `arn:aws:lambda:${BASE}:function:${name}`,
    'AWS::S3::Bucket': `arn:aws:s3:::${id.toLowerCase()}`,
    'AWS::SNS::Topic': `arn:aws:sns:${BASE}:${Properties['TopicName']}`,
    'AWS::KMS::Key': `arn:aws:kms:${BASE}:key/${id}`,
  };
  return arns[Type] ?? id;
}

/** The secret of the database's master, and the cluster's id in the ARNs of its users. */
export const MASTER_SECRET = `arn:aws:secretsmanager:${BASE}:secret:rds!cluster-1`;
export const CLUSTER_ID = 'cluster-ABC';

/** Resolves Ref, Fn::GetAtt, Fn::Sub and Fn::Join, however deep. */
function resolved(template: Template, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => resolved(template, one));
  if (typeof value !== 'object' || value === null) return value;
  const [[key, inner] = []] = Object.entries(value);
  if (key === 'Ref') return PSEUDO[String(inner)] ?? arnOf(template, String(inner));
  if (key === 'Fn::GetAtt') return attribute(template, list(inner as string | string[]).join('.'));
  if (key === 'Fn::Sub')
    return String(inner).replaceAll(/\$\{([^}]+)\}/g, (_, name: string) =>
      name.includes('.') ? attribute(template, name) : (PSEUDO[name] ?? arnOf(template, name)),
    );
  if (key === 'Fn::Join') {
    const [separator, parts] = resolved(template, inner) as [string, string[]];
    return parts.join(separator);
  }
  if (key?.startsWith('Fn::')) throw new Error(`nothing stands for ${key}`);
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, resolved(template, one)]));
}

function attribute(template: Template, name: string): string {
  const [id = '', ...rest] = name.split('.');
  const which = rest.join('.');
  if (which === 'DBClusterResourceId') return CLUSTER_ID;
  if (which === 'MasterUserSecret.SecretArn') return MASTER_SECRET;
  if (which !== 'Arn') throw new Error(`nothing stands for ${name}`);
  return arnOf(template, id);
}

interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal?: unknown;
  readonly Action: string | string[];
  readonly Resource: string | string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** Who asks, what for, and what IAM knows about the request. */
export interface Request {
  readonly action: string;
  readonly resource: string;
  /** The service that asks; undefined for a role, whose own policy decides. */
  readonly service?: string;
  readonly context?: Readonly<Record<string, string>>;
}

/** The statements of a function's role, resolved. */
export function roleStatements(template: Template, functionId: string): Statement[] {
  const role = template.Resources[target(template.Resources[functionId]?.Properties['Role']) ?? ''];
  const policies = list(role?.Properties['Policies']).flatMap(
    ({ PolicyDocument }) => PolicyDocument.Statement,
  );
  return resolved(template, policies) as Statement[];
}

/** The statements of the policies on a resource: of queues, buckets and topics, or in a key or an endpoint. */
export function resourceStatements(template: Template, id: string): Statement[] {
  const { Type, Properties = {} } = template.Resources[id] ?? {};
  const own = Type === 'AWS::EC2::VPCEndpoint' ? Properties['PolicyDocument'] : Properties['KeyPolicy'];
  const documents = Object.values(template.Resources)
    .filter(({ Properties: given }) =>
      [given?.['Queues'], given?.['Topics'], given?.['Bucket']]
        .flatMap((one) => list(one))
        .some((one) => target(one) === id),
    )
    .map(({ Properties: given }) => given['PolicyDocument']);
  const all = [own, ...documents].filter((document) => document !== undefined);
  return resolved(
    template,
    all.flatMap(({ Statement }) => Statement),
  ) as Statement[];
}

/**
 * What IAM decides within an account: an explicit denial wins, then a permission of either policy counts. Knows the elements
 * and the operators of this stack's policies, and throws at others.
 */
export function isAllowed(statements: readonly Statement[], request: Request): boolean {
  const matching = statements.filter((statement) => matches(statement, request));
  return (
    matching.some(({ Effect }) => Effect === 'Allow') && matching.every(({ Effect }) => Effect === 'Allow')
  );
}

function matches(statement: Statement, { action, resource, service, context = {} }: Request): boolean {
  const { Principal, Action, Resource, Condition = {}, ...rest } = statement;
  const unknown = Object.keys(rest).filter((name) => name !== 'Effect' && name !== 'Sid');
  if (unknown.length > 0) throw new Error(`a statement has ${unknown.join(', ')}`);
  return (
    isFor(Principal, service) &&
    list(Action).some((one) => like(one, action)) &&
    list(Resource).some((one) => one === '*' || like(one, resource)) &&
    Object.entries(Condition).every(([operator, keys]) =>
      Object.entries(keys).every(([key, wanted]) => holds(operator, String(wanted), context[key])),
    )
  );
}

/** A role's own policy names no principal; a resource's policy names everybody, the account, or a service. */
function isFor(principal: unknown, service: string | undefined): boolean {
  if (principal === undefined || principal === '*') return true;
  const { Service, AWS } = principal as { readonly Service?: string; readonly AWS?: string };
  // `root` lets the account's roles use what their own policies allow, and allows no service anything.
  if (AWS !== undefined) return AWS === '*';
  return Service === service;
}

const OPERATORS: Readonly<Record<string, (wanted: string, value: string) => boolean>> = {
  Bool: (wanted, value) => wanted === value,
  StringEquals: (wanted, value) => wanted === value,
  ArnEquals: like,
  ArnLike: like,
};

function holds(operator: string, wanted: string, value: string | undefined): boolean {
  const compare = OPERATORS[operator];
  if (compare === undefined) throw new Error(`a condition has ${operator}`);
  return value !== undefined && compare(wanted, value);
}

/** IAM's wildcards: `*` for any number of signs, `?` for one. */
function like(pattern: string, text: string): boolean {
  const source = pattern
    .split('*')
    .map((part) => RegExp.escape(part).replaceAll('\\?', '.'))
    .join('.*');
  return new RegExp(`^${source}$`).test(text);
}
