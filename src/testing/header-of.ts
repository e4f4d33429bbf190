/** To be sent with a request: `request(server).get('/').set(headers)` or `app.inject({ url: '/', headers })`. */
export type TestHeaders = { [name: string]: string };

/** `authorization` carries any credential, as a bearer; other headers carry it as it is. */
export function headerOf(name: string, credential: string): TestHeaders {
  const header = name.toLowerCase();
  return { [header]: header === 'authorization' ? `Bearer ${credential}` : credential };
}
