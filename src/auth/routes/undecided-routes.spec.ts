import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  applyDecorators,
  type CanActivate,
  Controller,
  Get,
  Global,
  type INestApplication,
  Injectable,
  mixin,
  Module,
  type ModuleMetadata,
  Post,
  RequestMethod,
  Scope,
  SetMetadata,
  type Type,
  UseGuards,
  Version,
  VersioningType,
} from '@nestjs/common';
import { APP_GUARD, HttpAdapterHost, NestFactory, RouterModule } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { authModuleOptions } from '../auth.module-definition.js';
import type { AuthModuleOptions } from '../auth.options.js';
import { DecisionService } from '../decision/decision.service.js';
import { Public, RequireRole, RequireScopes } from '../decorators.js';
import { Authenticated, MaybeAuthenticated, UserOnly } from '../guards.js';
import { ApplicationRoutes } from './application-routes.js';
import { UndecidedRoutes, type UndecidedRoutesPolicy } from './undecided-routes.js';

const passes = { canActivate: () => true };

@Injectable()
class HostGuard extends UserOnly {}

const warn = jest.fn();
let app: NestFastifyApplication | undefined;

afterEach(async () => {
  warn.mockClear();
  await app?.close();
  app = undefined;
});

async function start(
  host: Type[] | ModuleMetadata,
  policy: UndecidedRoutesPolicy = 'refuse',
  setUp: (made: INestApplication) => void = () => {},
  ownGuards: AuthModuleOptions['ownGuards'] = [],
): Promise<ApplicationRoutes> {
  @Global()
  @Module({
    providers: [
      ApplicationRoutes,
      { provide: authModuleOptions, useValue: { ownGuards } },
      { provide: DecisionService, useValue: {} },
      {
        provide: UndecidedRoutes,
        useFactory: (routes: ApplicationRoutes, adapter: HttpAdapterHost) =>
          new UndecidedRoutes(policy, routes, adapter),
        inject: [ApplicationRoutes, HttpAdapterHost],
      },
    ],
    exports: [DecisionService],
  })
  class Ours {}

  const { imports = [], ...rest } = Array.isArray(host) ? { controllers: host } : host;
  @Module({ ...rest, imports: [Ours, ...imports] })
  class Root {}

  const silent = { log() {}, warn, error() {}, debug() {}, verbose() {}, fatal() {} };
  const made = await NestFactory.create<NestFastifyApplication>(Root, new FastifyAdapter(), {
    logger: silent,
    abortOnError: false,
  });
  setUp(made);
  try {
    await made.init();
  } catch (error) {
    await made.close();
    throw error;
  }
  app = made;
  return made.get(ApplicationRoutes);
}

@Controller('cats')
class Cats {
  @Get()
  list() {
    return {};
  }

  @Get('mine')
  @UseGuards(HostGuard)
  mine() {
    return {};
  }

  @Public()
  @Get('open')
  open() {
    return {};
  }
}

@Controller('base')
class Base {
  @Get('inherited')
  inherited() {
    return {};
  }

  @Get('replaced')
  @UseGuards(Authenticated)
  replaced() {
    return {};
  }
}

@Controller('heir')
class Heir extends Base {
  @Get('replaced')
  override replaced() {
    return {};
  }
}

@Controller('bound')
class Bound {
  constructor() {
    this.list = this.list.bind(this);
  }

  @Get()
  @UseGuards(Authenticated)
  list() {
    return {};
  }
}

@Controller('foreign')
class Foreign {
  @Get()
  @UseGuards(passes)
  list() {
    return {};
  }

  @Public()
  @Get('said')
  @UseGuards(passes)
  said() {
    return {};
  }
}

@Public()
@Controller('unchecked')
class Unchecked {
  @Get('scopes')
  @RequireScopes('files:read')
  scopes() {
    return {};
  }

  @Post('role')
  @RequireRole('admin')
  role() {
    return {};
  }

  @Get('open')
  open() {
    return {};
  }
}

describe('an application with an undecided route', () => {
  it('does not start, and names the route, its place and the fix', async () => {
    const error = await start([Cats]).catch((thrown: unknown) => thrown as Error);
    expect(error).toBeInstanceOf(Error);
    const { message } = error as Error;
    expect(message).toContain('\n  Cats.list (GET /cats)\n');
    expect(message).not.toMatch(/mine|open/);
    expect(message).toMatch(/@UseGuards\(Authenticated\).*@Public\(\)/s);
    expect(message).toContain('{ provide: APP_GUARD, useClass: Authenticated }');
  });

  it('starts and logs one warning with `warn`', async () => {
    await start([Cats], 'warn');
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn.mock.calls[0]?.[0]).toContain('Cats.list (GET /cats)');
  });

  it('starts without a warning with `allow`', async () => {
    await start([Cats], 'allow');
    expect(warn).not.toHaveBeenCalled();
  });
});

describe('a route is undecided', () => {
  it.each<[string, Type[], string[]]>([
    [
      'that is inherited',
      [Heir],
      ['Heir.inherited (GET /heir/inherited)', 'Heir.replaced (GET /heir/replaced)'],
    ],
    ['whose guard the constructor has lost by bind', [Bound], ['Bound.list (GET /bound)']],
    ['with only a guard of another package', [Foreign], ['Foreign.list (GET /foreign)']],
    [
      'that asks for what no guard looks at, though its controller is public',
      [Unchecked],
      [
        'Unchecked.scopes (GET /unchecked/scopes): requires scopes or a role that no Gatehouse guard checks',
        'Unchecked.role (POST /unchecked/role): requires scopes or a role that no Gatehouse guard checks',
      ],
    ],
  ])('%s', async (_, controllers, expected) => {
    const { message } = (await start(controllers).catch((thrown: unknown) => thrown)) as Error;
    expect(
      message
        .split('\n')
        .filter((line) => line.startsWith('  '))
        .map((line) => line.trim())
        .sort(),
    ).toEqual([...expected].sort());
  });
});

@Public()
@Controller('open-base')
class OpenBase {
  @Get('all')
  all() {
    return {};
  }

  @Get('scoped')
  @RequireScopes('files:read')
  scoped() {
    return {};
  }
}

describe('a route that only a base class opens', () => {
  @Controller('heir')
  class HeirOfOpen extends OpenBase {
    @Get('own')
    own() {
      return {};
    }
  }
  @Controller('grandchild')
  class Grandchild extends HeirOfOpen {}

  const globally = { providers: [{ provide: APP_GUARD, useClass: Authenticated }] };
  const named = async (controllers: Type[], more: ModuleMetadata = {}) => {
    const error = await start({ ...more, controllers }).catch((thrown: unknown) => thrown as Error);
    return error instanceof Error ? error.message.split('\n').filter((line) => line.startsWith('  ')) : [];
  };

  it('is closed by a global guard, and named at the start', async () => {
    expect(await named([OpenBase, HeirOfOpen, Grandchild], globally)).toEqual([
      '  HeirOfOpen.own (GET /heir/own): opened only by a class that the controller extends',
      '  HeirOfOpen.all (GET /heir/all): opened only by a class that the controller extends',
      '  Grandchild.own (GET /grandchild/own): opened only by a class that the controller extends',
      '  Grandchild.all (GET /grandchild/all): opened only by a class that the controller extends',
    ]);
    await start({ ...globally, controllers: [HeirOfOpen] }, 'warn');
    expect(warn.mock.calls[0]?.[0]).toMatch(
      /@Public\(\) is not inherited, so they are closed:\n {2}HeirOfOpen/,
    );
  });

  it('is undecided without one', async () => {
    const lines = await named([HeirOfOpen]);
    expect(lines.map((line) => line.split(' ')[2])).toEqual([
      'HeirOfOpen.own',
      'HeirOfOpen.all',
      'HeirOfOpen.scoped',
    ]);
  });

  it('is decided by a decorator of the controller or of the method itself', async () => {
    @Public()
    @Controller('open-again')
    class OpenAgain extends OpenBase {}
    @UseGuards(Authenticated)
    @Controller('closed-again')
    class ClosedAgain extends OpenBase {}
    @RequireScopes('files:read')
    @Controller('scoped-again')
    class ScopedAgain extends OpenBase {}
    class OpenMethod {
      @Public()
      @Get()
      open() {
        return {};
      }
    }
    @Controller('open-method')
    class HeirOfMethod extends OpenMethod {}
    expect(await named([OpenAgain, ClosedAgain, ScopedAgain, HeirOfMethod], globally)).toEqual([]);
    expect(await named([HeirOfMethod])).toEqual([]);
  });
});

describe('a global MaybeAuthenticated', () => {
  const maybe = { providers: [{ provide: APP_GUARD, useClass: MaybeAuthenticated.with({ strict: true }) }] };

  it('decides for no route', async () => {
    await expect(start({ ...maybe, controllers: [Cats] })).rejects.toThrow('Cats.list (GET /cats)');
    const setUp = (made: INestApplication) => made.useGlobalGuards(new MaybeAuthenticated());
    await expect(start([Cats], 'refuse', setUp)).rejects.toThrow('Cats.list (GET /cats)');
  });

  it('does not affect routes with a guard, scopes, or @Public()', async () => {
    await expect(start({ ...maybe, controllers: [Unchecked] })).resolves.toBeDefined();
    const providers = [...maybe.providers, { provide: APP_GUARD, useClass: Authenticated }];
    await expect(start({ providers, controllers: [Cats] })).resolves.toBeDefined();
  });
});

describe('ownGuards', () => {
  class TeamGuard implements CanActivate {
    canActivate = () => true;
  }
  const madeAnew = () => mixin(class extends TeamGuard {});

  @Controller('teams')
  class Teams {
    @Get('passport')
    @UseGuards(AuthGuard(['saml', 'jwt']))
    passport() {}

    @Get('extended')
    @UseGuards(class extends AuthGuard(['saml', 'jwt']) {})
    extended() {}

    @Get('made')
    @UseGuards(madeAnew())
    made() {}

    @Get('instance')
    @UseGuards(new TeamGuard())
    instance() {}

    @Get('scopes')
    @RequireScopes('files:read')
    @UseGuards(TeamGuard)
    scopes() {}

    @Get('other')
    @UseGuards(passes)
    other() {}
  }
  const named = async (ownGuards: AuthModuleOptions['ownGuards'], metadata: ModuleMetadata = {}) => {
    const routes = await start({ ...metadata, controllers: [Teams] }, 'allow', undefined, ownGuards);
    return routes
      .all()
      .filter(({ access }) => !access.isDecided)
      .map(({ path }) => path);
  };

  it('decide for the routes they are on, also as instances and by classes that extend them', async () => {
    const own = [AuthGuard(['saml', 'jwt']), TeamGuard];
    // No guard checks the scopes of the one, and the guard of the other is not named.
    expect(await named(own)).toEqual(['/teams/scopes', '/teams/other']);
    expect(await named([])).toHaveLength(6);
  });

  it('decide for all routes if they are set for all', async () => {
    const providers = [{ provide: APP_GUARD, useClass: madeAnew() }];
    expect(await named([TeamGuard], { providers })).toEqual(['/teams/scopes']);
  });
});

describe('every route is decided', () => {
  const globally: [string, ModuleMetadata, ((made: INestApplication) => void)?][] = [
    ['class', { providers: [{ provide: APP_GUARD, useClass: Authenticated }] }],
    ['class that extends ours', { providers: [{ provide: APP_GUARD, useClass: HostGuard }] }],
    [
      'guard of request scope',
      { providers: [{ provide: APP_GUARD, useClass: Authenticated, scope: Scope.REQUEST }] },
    ],
    ['alias', { providers: [Authenticated, { provide: APP_GUARD, useExisting: Authenticated }] }],
    ['factory', { providers: [{ provide: APP_GUARD, useFactory: () => new Authenticated() }] }],
    ['value', { providers: [{ provide: APP_GUARD, useValue: new Authenticated() }] }],
    ['call of app.useGlobalGuards', {}, (made) => made.useGlobalGuards(new Authenticated())],
  ];

  it.each(globally)('by a global %s of Gatehouse', async (...[, metadata, setUp]) => {
    const controllers = [Cats, Heir, Bound, Foreign, Unchecked];
    await expect(start({ ...metadata, controllers }, 'refuse', setUp)).resolves.toBeDefined();
  });

  it('by a guard on the controller, even an optional one', async () => {
    @UseGuards(MaybeAuthenticated)
    @Controller('maybe')
    class Maybe extends Base {}
    await expect(start([Maybe])).resolves.toBeDefined();
  });

  it('not by a global guard of another package', async () => {
    const providers = [{ provide: APP_GUARD, useValue: passes }];
    await expect(start({ controllers: [Cats], providers })).rejects.toThrow('Cats.list (GET /cats)');
  });
});

describe('a GraphQL operation or message of a socket', () => {
  // As @nestjs/graphql and @nestjs/websockets mark them.
  const Operation = (type: string) => SetMetadata('graphql:resolver_type', type);
  const Message = (message: unknown) =>
    applyDecorators(SetMetadata('websockets:message_mapping', true), SetMetadata('message', message));

  @Injectable()
  class NotesResolver {
    @Operation('Query')
    notes() {}

    @UseGuards(Authenticated)
    @Operation('Mutation')
    add() {}

    @Public()
    @Operation('Subscription')
    open() {}

    @Operation('owner')
    field() {}
  }

  @Injectable()
  class NotesGateway {
    @Message('notes')
    notes() {}

    @Message({ cmd: 'add' })
    @RequireScopes('notes:write')
    add() {}

    @UseGuards(HostGuard)
    @Message('mine')
    mine() {}
  }

  @Injectable()
  class Heir extends NotesGateway {}

  const providers = [NotesResolver, NotesGateway, Heir, { provide: 'x', useFactory: () => NotesGateway }];

  it('is undecided like a route', async () => {
    const message = await start({ providers }).catch((error: Error) => error.message);
    expect(String(message).match(/^ {2}.*$/gm)).toEqual([
      '  NotesResolver.notes (GraphQL Query)',
      ...['NotesGateway', 'Heir'].flatMap((type) => [
        `  ${type}.notes (message notes)`,
        `  ${type}.add (message {"cmd":"add"}): requires scopes or a role that no Gatehouse guard checks`,
      ]),
    ]);
  });

  it('is decided by a global guard, or one of the application', async () => {
    await expect(
      start({ providers: [...providers, { provide: APP_GUARD, useClass: Authenticated }] }),
    ).resolves.toBeDefined();
    UseGuards(AuthGuard('saml'))(NotesResolver);
    await expect(
      start({ providers: [NotesResolver] }, 'refuse', undefined, [AuthGuard('saml')]),
    ).resolves.toBeDefined();
  });
});

describe('a route is named as it is served', () => {
  @Controller({ path: ['dogs', 'hounds'], version: '1' })
  class Dogs {
    @Get(['all', 'list'])
    list() {
      return {};
    }

    @Version('2')
    @Get(':id')
    find() {
      return {};
    }
  }

  @Module({ controllers: [Dogs] })
  class DogsModule {}

  const zoo = { imports: [DogsModule, RouterModule.register([{ path: 'zoo', module: DogsModule }])] };

  it('under each of its paths, with the prefix, the path of its module and its version', async () => {
    const routes = await start(zoo, 'allow', (made) =>
      made.setGlobalPrefix('api').enableVersioning({ type: VersioningType.URI }),
    );
    const paths = routes.all().map(({ path }) => path);
    expect(paths.sort()).toEqual([
      '/api/v1/zoo/dogs/all',
      '/api/v1/zoo/dogs/list',
      '/api/v1/zoo/hounds/all',
      '/api/v1/zoo/hounds/list',
      '/api/v2/zoo/dogs/:id',
      '/api/v2/zoo/hounds/:id',
    ]);
    const host = app as NestFastifyApplication;
    await host.listen(0, '127.0.0.1');
    const { port } = host.getHttpServer().address() as AddressInfo;
    for (const path of paths) {
      const { status } = await fetch(`http://127.0.0.1:${port}${path}`);
      expect([path, status]).toEqual([path, 200]);
    }
  });

  it('without the prefix if it is excluded', async () => {
    const exclude = [{ path: 'cats/open', method: RequestMethod.GET }];
    const routes = await start([Cats], 'allow', (made) => made.setGlobalPrefix('api', { exclude }));
    expect(routes.all().map(({ path }) => path)).toEqual(['/api/cats', '/api/cats/mine', '/cats/open']);
  });

  it('with a version in a header', async () => {
    const versioning = { type: VersioningType.HEADER, header: 'X-Version' } as const;
    const starting = start(zoo, 'refuse', (made) => made.enableVersioning(versioning));
    await expect(starting).rejects.toThrow('Dogs.find (GET /zoo/hounds/:id, version 2)');
  });
});

it('checks nothing in an application without HTTP', async () => {
  @Module({
    controllers: [Cats],
    providers: [
      ApplicationRoutes,
      { provide: DecisionService, useValue: {} },
      {
        provide: UndecidedRoutes,
        useFactory: (routes: ApplicationRoutes, adapter: HttpAdapterHost) =>
          new UndecidedRoutes('refuse', routes, adapter),
        inject: [ApplicationRoutes, HttpAdapterHost],
      },
    ],
  })
  class Worker {}
  const context = await NestFactory.createApplicationContext(Worker, { logger: false, abortOnError: false });
  await context.close();
});
