import { type MatchedRoute, RouterView } from './matched-route.js';

interface Layer {
  match(path: string): boolean;
  readonly route?: {
    readonly path: unknown;
    readonly methods: Readonly<Record<string, boolean>>;
    readonly stack: readonly { readonly handle: { readonly name: string } }[];
  };
}

interface ExpressInstance {
  readonly router: { readonly stack: readonly Layer[] };
}

/** The routes of an Express application: those registered on itself, in the order in which it tries them. */
export class ExpressRouterView extends RouterView {
  constructor(private readonly express: ExpressInstance) {
    super();
  }

  find(method: string, path: string): Promise<MatchedRoute | undefined> {
    const layer = this.express.router.stack.find((one) => serves(one, method) && one.match(path));
    const { route } = layer ?? {};
    if (route === undefined) return Promise.resolve(undefined);
    return Promise.resolve({ pattern: String(route.path), handler: route.stack[0]?.handle.name ?? '' });
  }
}

/** `HEAD` is answered by the route for `GET`, where it has none of its own. */
function serves({ route }: Layer, method: string): boolean {
  if (route === undefined) return false;
  const { methods } = route;
  const name = method.toLowerCase();
  return methods._all === true || methods[name] === true || (name === 'head' && methods.get === true);
}
