import { copyFile, cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { build } from 'esbuild';
import { keptFolder, run } from './toolbox.ts';

/** A generator of clients, and how a program with its client is made and run. */
export interface Generator {
  readonly name: string;
  /** With the versions of all that is installed. */
  readonly version: string;
  /** What must be on PATH. */
  readonly needs: readonly string[];
  /** The description that it reads. */
  readonly description: 'openapi.json' | 'openapi.strings.json';
  /**
   * Generates the client from a description and compiles it with its driver.
   *
   * @param folder an empty one
   * @returns the command that runs the driver
   * @throws Error with what the generator or the compiler said
   */
  readonly make: (description: string, folder: string) => Promise<Program>;
}

/** A command that moves money on the system at `URL` with the key `KEY`, both from the environment. */
interface Program {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const driver = (...path: string[]): string => join(import.meta.dirname, ...path);

const PYTHON_CLIENT = '0.29.1';

const python: Generator = {
  name: 'python',
  version: `openapi-python-client ${PYTHON_CLIENT}`,
  needs: ['python3'],
  description: 'openapi.json',
  make: async (description, folder) => {
    const programs = join(await keptFolder(`openapi-python-client-${PYTHON_CLIENT}`, installPython), 'bin');
    const args = ['generate', '--path', description, '--output-path', join(folder, 'api'), '--meta', 'none'];
    await run(join(programs, 'openapi-python-client'), args);
    await copyFile(driver('python', 'main.py'), join(folder, 'main.py'));
    await run(join(programs, 'python'), ['-m', 'compileall', '-q', folder]);
    return { program: join(programs, 'python'), args: [join(folder, 'main.py')] };
  },
};

async function installPython(folder: string): Promise<void> {
  await run('python3', ['-m', 'venv', folder]);
  const args = ['install', '--quiet', '--disable-pip-version-check'];
  await run(join(folder, 'bin', 'pip'), [...args, `openapi-python-client==${PYTHON_CLIENT}`]);
}

const OAPI_CODEGEN = '2.8.2';
const OAPI_RUNTIME = '1.9.0';

const go: Generator = {
  name: 'go',
  version: `oapi-codegen ${OAPI_CODEGEN}, runtime ${OAPI_RUNTIME}`,
  needs: ['go'],
  description: 'openapi.json',
  make: async (description, folder) => {
    // Go keeps modules and what it compiled by itself.
    const inFolder = { cwd: folder, env: { GOFLAGS: '-mod=mod' } };
    await mkdir(join(folder, 'api'));
    await cp(driver('go'), folder, { recursive: true });
    await run('go', ['mod', 'init', 'example'], inFolder);
    const generator = `github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v${OAPI_CODEGEN}`;
    await run('go', ['run', generator, '-config', 'oapi-codegen.yml', description], inFolder);
    await run('go', ['get', `github.com/oapi-codegen/runtime@v${OAPI_RUNTIME}`], inFolder);
    await run('go', ['build', '-o', 'driver', '.'], inFolder);
    return { program: join(folder, 'driver'), args: [] };
  },
};

const OPENAPI_GENERATOR = '7.25.0';
const DEPENDENCY_PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1';

/** Sums have more than 64 bits, and a reply may have more fields and codes one day. */
const JAVA_OPTIONS = [
  '--type-mappings=integer=BigInteger,integer+int32=Integer',
  '--import-mappings=BigInteger=java.math.BigInteger',
  '--additional-properties=disallowAdditionalPropertiesIfNotPresent=false,enumUnknownDefaultCase=true,openApiNullable=false,containerDefaultToNull=true',
];

const java: Generator = {
  name: 'java',
  version: `OpenAPI Generator ${OPENAPI_GENERATOR}, java with okhttp-gson`,
  needs: ['java', 'javac', 'mvn'],
  description: 'openapi.json',
  make: async (description, folder) => {
    const kept = await keptFolder(`openapi-generator-${OPENAPI_GENERATOR}`, installJava);
    const jar = join(kept, `openapi-generator-cli-${OPENAPI_GENERATOR}.jar`);
    const input = ['generate', '-g', 'java', '-i', description, '-o', folder];
    await run('java', ['-jar', jar, ...input, ...JAVA_OPTIONS]);
    await copyFile(driver('java', 'Main.java'), join(folder, 'src', 'main', 'java', 'Main.java'));
    const release = ['-Dmaven.compiler.source=17', '-Dmaven.compiler.target=17'];
    const paths = [`${DEPENDENCY_PLUGIN}:build-classpath`, '-Dmdep.outputFile=classpath'];
    await run('mvn', ['-q', '-B', ...release, 'compile', ...paths], { cwd: folder });
    const libraries = await readFile(join(folder, 'classpath'), 'utf8');
    const classes = [join(folder, 'target', 'classes'), libraries.trim()].join(delimiter);
    return { program: 'java', args: ['-cp', classes, 'Main'] };
  },
};

async function installJava(folder: string): Promise<void> {
  const artifact = `org.openapitools:openapi-generator-cli:${OPENAPI_GENERATOR}`;
  const copy = [`${DEPENDENCY_PLUGIN}:copy`, `-Dartifact=${artifact}`, `-DoutputDirectory=${folder}`];
  await run('mvn', ['-q', '-B', ...copy], { cwd: folder });
}

const HEY_API = '0.99.0';
const TYPESCRIPT = '5.9.3';
const NODE_TYPES = '24.19.4';

const heyApi: Generator = {
  name: 'hey-api',
  version: `@hey-api/openapi-ts ${HEY_API}, TypeScript ${TYPESCRIPT}`,
  needs: ['npm'],
  description: 'openapi.strings.json',
  make: async (description, folder) => {
    const kept = await keptFolder(`hey-api-${HEY_API}-${TYPESCRIPT}`, installHeyApi);
    const program = (name: string): string => join(kept, 'node_modules', '.bin', name);
    await run(program('openapi-ts'), ['-i', description, '-o', join(folder, 'api')], { cwd: folder });
    await copyFile(driver('hey-api', 'main.ts'), join(folder, 'main.ts'));
    const options = {
      ...{ target: 'es2023', module: 'esnext', moduleResolution: 'bundler', strict: true, noEmit: true },
      ...{ lib: ['es2023', 'dom', 'dom.iterable'], skipLibCheck: true },
      ...{ types: ['node'], typeRoots: [join(kept, 'node_modules', '@types')] },
    };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: options }));
    await run(program('tsc'), ['-p', folder]);
    const bundle = join(folder, 'main.mjs');
    const entry = { entryPoints: [join(folder, 'main.ts')], outfile: bundle };
    await build({ ...entry, bundle: true, platform: 'node', format: 'esm', logLevel: 'silent' });
    return { program: process.execPath, args: [bundle] };
  },
};

async function installHeyApi(folder: string): Promise<void> {
  await writeFile(join(folder, 'package.json'), '{ "private": true }');
  const packages = [
    `@hey-api/openapi-ts@${HEY_API}`,
    `typescript@${TYPESCRIPT}`,
    `@types/node@${NODE_TYPES}`,
  ];
  await run('npm', ['install', '--no-audit', '--no-fund', '--save-exact', ...packages], { cwd: folder });
}

/** One for each language. */
export const GENERATORS: readonly Generator[] = [python, go, java, heyApi];
