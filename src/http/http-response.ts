/** What we write to of a response, whether Fastify's or Express's. */
export interface HttpResponse {
  header(name: string, value: string): unknown;
}
