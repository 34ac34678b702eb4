/** The parts of the Serverless Framework's objects that this project uses; the framework ships no types. */

/** Part of a CloudFormation template. */
export type Cfn = { readonly [name: string]: unknown };

/** A function of serverless.yml; `needs` and `databaseRole` are this project's own properties. */
export interface FunctionConfig {
  readonly name: string;
  readonly timeout?: number;
  needs?: readonly string[];
  databaseRole?: string;
  role?: string;
  tracing?: 'Active' | 'PassThrough';
  vpc?: Cfn;
  environment?: Record<string, unknown>;
  dependsOn?: string[];
  reservedConcurrency?: number | undefined;
  readonly destinations?: { readonly onFailure?: { readonly arn: unknown } };
  readonly events?: readonly Record<string, unknown>[];
}

/** The template that the framework compiles. */
export interface Template {
  Resources: Record<string, { Type: string; Properties: Record<string, unknown>; DependsOn?: unknown }>;
  Parameters?: Record<string, unknown>;
  Outputs: Record<string, unknown>;
}

interface StackResource {
  readonly LogicalResourceId?: string;
  readonly PhysicalResourceId?: string;
  readonly ResourceStatus?: string;
}

export interface Serverless {
  /** An error that is shown without a stack trace. */
  readonly classes: { readonly Error: new (message: string, code: string) => Error };
  readonly service: {
    readonly service: string;
    readonly provider: {
      readonly region: string;
      readonly httpApi: { cors?: Cfn };
      readonly compiledCloudFormationTemplate: Template;
      /** Whether the framework turns on CloudFormation's termination protection after a deployment. */
      deletionProtection?: boolean;
      /** Parameters of the stack in its next update. */
      stackParameters?: readonly { readonly ParameterKey: string; readonly ParameterValue: string }[];
      /** Set by the framework if nothing has changed. */
      readonly shouldNotDeploy?: boolean;
    };
    readonly custom: Record<string, unknown>;
    readonly functions: Record<string, FunctionConfig>;
    resources: {
      Resources?: Record<string, unknown>;
      Outputs?: Record<string, unknown>;
      extensions?: unknown;
    };
  };
  readonly serviceDir: string;
  readonly configurationInput: { readonly params?: Readonly<Record<string, Cfn | undefined>> };
  readonly processedInput: {
    /** The words of the command, such as `['deploy', 'function']`. */
    readonly commands: readonly string[];
    readonly options: { readonly param?: readonly string[] };
  };
  readonly configSchemaHandler: { defineFunctionProperties(provider: string, schema: Cfn): void };
  getProvider(name: 'aws'): {
    getStage(): string;
    getRegion(): string;
    getAwsSdkV3Config(): Promise<Record<string, unknown>>;
    getStackResources(): Promise<readonly StackResource[]>;
    readonly naming: {
      getLambdaLogicalId(name: string): string;
      getNormalizedFunctionName(name: string): string;
    };
  };
}

export const getAtt = (resource: string, attribute: string): Cfn => ({ 'Fn::GetAtt': [resource, attribute] });
export const ref = (resource: string): Cfn => ({ Ref: resource });
export const sub = (text: string): Cfn => ({ 'Fn::Sub': text });

/** The functions of a deployment, by their names in serverless.yml. */
export type Functions = Readonly<Record<string, FunctionConfig>>;

/** Whether a function subscribes to events of the bus. */
export const haveSubscribers = (functions: Functions): boolean =>
  Object.values(functions).some(({ events = [] }) => events.some((event) => 'eventBridge' in event));
