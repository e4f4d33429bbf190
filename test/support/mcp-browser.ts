import type {
  OAuthClientMetadata,
  OAuthClientProvider,
  OAuthDiscoveryState,
  StoredOAuthClientInformation,
  StoredOAuthTokens,
} from '@modelcontextprotocol/client';

/**
 * A client of the official SDK with a person at a browser: it keeps what the SDK saves, and the person agrees to each login and to what
 * is asked for.
 */
export class PersonAtBrowser implements OAuthClientProvider {
  readonly redirectUrl = 'http://127.0.0.1:33418/callback';
  readonly clientMetadata: OAuthClientMetadata = {
    client_name: 'Inspector <script>',
    redirect_uris: [this.redirectUrl],
    token_endpoint_auth_method: 'none',
  };
  /** The text of each page that the person has seen. */
  readonly pages: string[] = [];
  /** Where the SDK has sent the person, and what came back. */
  authorizationUrl: URL | undefined;
  callback = new URLSearchParams();
  private readonly cookies = new Map<string, string>();
  private information: StoredOAuthClientInformation | undefined;
  private saved: StoredOAuthTokens | undefined;
  private verifier = '';
  private discovered: OAuthDiscoveryState | undefined;

  constructor(private readonly answer: 'yes' | 'no' = 'yes') {}

  clientInformation = () => this.information;
  saveClientInformation = (information: StoredOAuthClientInformation) =>
    void (this.information = information);
  tokens = () => this.saved;
  saveTokens = (tokens: StoredOAuthTokens) => void (this.saved = tokens);
  codeVerifier = () => this.verifier;
  saveCodeVerifier = (verifier: string) => void (this.verifier = verifier);
  discoveryState = () => this.discovered;
  saveDiscoveryState = (state: OAuthDiscoveryState) => void (this.discovered = state);

  async redirectToAuthorization(url: URL): Promise<void> {
    this.authorizationUrl = url;
    let next = await this.load(url);
    for (let hops = 0; !next.href.startsWith(this.redirectUrl); hops += 1) {
      if (hops > 10) throw new Error('The login did not end');
      next = await this.load(next);
    }
    this.callback = next.searchParams;
  }

  /** Follows a redirect, or sends the form of the page. Returns where the browser goes next. */
  private async load(url: URL): Promise<URL> {
    const answer = await this.request(url);
    const page = await answer.text();
    if (answer.status !== 200) return locationOf(answer, url, page);
    this.pages.push(page);
    const form = new URLSearchParams({ user: 'ada', answer: this.answer });
    const sent = await this.request(url, { method: 'POST', body: form });
    return locationOf(sent, url, await sent.text());
  }

  private async request(url: URL, init: RequestInit = {}): Promise<Response> {
    const cookie = [...this.cookies].map((pair) => pair.join('=')).join('; ');
    const answer = await fetch(url, { ...init, redirect: 'manual', headers: { cookie } });
    for (const set of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      if (value === '') this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return answer;
  }
}

function locationOf(answer: Response, from: URL, page: string): URL {
  const location = answer.headers.get('location');
  if (location === null) throw new Error(`No redirect: ${answer.status} ${page}`);
  return new URL(location, from);
}
