// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
type Anything = any;

/** The gateway's envelope, with document A1's names at the top level. */
export interface AnswerBody {
  success: boolean;
  data: Anything;
  error?: string;
  message?: string;
  details?: Anything;
  meta?: Anything;
  [topLevel: string]: Anything;
}

export interface Answer {
  status: number;
  headers: Headers;
  body: AnswerBody;
}

/** A caller of the gateway's HTTP API, as tests and benchmarks use it. */
export class ApiClient {
  readonly url: string;
  readonly credential: string | undefined;

  constructor(url: string, credential?: string) {
    this.url = url;
    this.credential = credential;
  }

  /** The same caller where the gateway listens now. */
  at(url: string): ApiClient {
    return new ApiClient(url, this.credential);
  }

  as(credential: string): ApiClient {
    return new ApiClient(this.url, credential);
  }

  async call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(this.credential ? { authorization: `Bearer ${this.credential}` } : {}),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text ? JSON.parse(text) : { success: true } };
  }

  get(path: string): Promise<Answer> {
    return this.call('GET', path);
  }

  post(path: string, body: unknown = {}, headers?: Record<string, string>): Promise<Answer> {
    return this.call('POST', path, body, headers);
  }

  /** Calls and throws unless the answer is a success: for the steps a test does not look at. */
  async must(method: string, path: string, body?: unknown): Promise<Answer> {
    const answer = await this.call(method, path, body);
    if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer;
  }

  /** Asks again until the answer is accepted. The gateway has no push yet, so this polls; it never sleeps blindly. */
  async until(path: string, accept: (answer: Answer) => boolean, withinMs = 45_000): Promise<Answer> {
    const endMs = performance.now() + withinMs;
    for (;;) {
      const answer = await this.get(path);
      if (accept(answer)) return answer;
      if (performance.now() > endMs) throw new Error(`GET ${path} stayed ${JSON.stringify(answer.body)}`);
      await new Promise((wake) => setTimeout(wake, 20));
    }
  }
}

let counter = 0;

/** A number that no other test of this run uses; `suffix` (four digits) chooses a behaviour of the sandbox. */
export function freshNumber(suffix = '1234'): string {
  counter += 1;
  const run = String(process.pid % 1000).padStart(3, '0');
  return `628${run}${String(counter % 1000).padStart(3, '0')}${suffix}`;
}

/** A registered administrator. */
export async function register(url: string, name = 'Ann Tester'): Promise<ApiClient> {
  counter += 1;
  const email = `t${process.pid}-${counter}-${Math.random().toString(36).slice(2, 8)}@example.com`;
  const answer = await new ApiClient(url).must('POST', '/api/auth/register', {
    email,
    password: 'a-long-password-1',
    name,
  });
  return new ApiClient(url, answer.body.token as string);
}

export interface LinkedInstance {
  user: ApiClient;
  /** With an API key of all permissions. */
  key: ApiClient;
  name: string;
  phone: string;
}

/** A test instance, linked by QR to the simulated phone of `phone`, connected. */
export async function linkInstance(
  user: ApiClient,
  name = 'customer-service',
  phone = freshNumber(),
): Promise<LinkedInstance> {
  await user.must('POST', '/api/instances', { name, environment: 'test' });
  // Says 504 when the machine is too busy for a code in time, and asks to be called again.
  const shown = await user.until(`/api/instances/${name}/qr`, ({ status }) => status !== 504, 60_000);
  if (shown.status !== 200) throw new Error(`${name} shows no code: ${shown.status} ${JSON.stringify(shown.body)}`);
  await user.must('POST', `/api/test/instances/${name}/scan`, { phone });
  await user.until(`/api/instances/${name}/status`, ({ body }) => body.data.status === 'CONNECTED', 60_000);
  return { user, key: await createKey(user, name), name, phone };
}

/** A client with a new API key of the instance. */
export async function createKey(
  user: ApiClient,
  name: string,
  permissions = ['message:send', 'message:read', 'contact:check'],
): Promise<ApiClient> {
  const answer = await user.must('POST', `/api/instances/${name}/keys`, { name: 'test key', permissions });
  return user.as(answer.body.data.key as string);
}
