import ts from 'typescript';

export interface PublicSignatures {
  /** Types of ours that a public signature names and no entry exports, each with a place that names it. */
  readonly unexported: readonly string[];
  /** Functions and methods with four parameters or more. */
  readonly long: readonly string[];
}

/** Walks everything that the declarations of the `entries` export. Declarations in `folder` are ours. */
export function publicSignaturesOf(folder: string, entries: readonly string[]): PublicSignatures {
  const program = ts.createProgram([...entries], {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    types: ['node'],
  });
  const checker = program.getTypeChecker();
  const unexported = new Map<ts.Symbol, string>();
  const long: string[] = [];
  const visited = new Set<ts.Symbol>();

  const resolved = (symbol: ts.Symbol) =>
    symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const exported = new Map(
    entries.flatMap((entry) => {
      const module = checker.getSymbolAtLocation(program.getSourceFile(entry) as ts.SourceFile) as ts.Symbol;
      return checker.getExportsOfModule(module).map((symbol) => [resolved(symbol), symbol.name] as const);
    }),
  );
  const isOurs = ({ declarations = [] }: ts.Symbol) =>
    declarations.some((declaration) => declaration.getSourceFile().fileName.startsWith(folder));

  function walk(symbol: ts.Symbol, name: string): void {
    if (visited.has(symbol)) return;
    visited.add(symbol);
    for (const declaration of symbol.declarations ?? []) visit(declaration, name);
  }

  function visit(node: ts.Node, place: string): void {
    if (ts.isFunctionLike(node) && node.parameters.length > 3) long.push(place);
    const name = nameIn(node);
    const symbol = name === undefined ? undefined : checker.getSymbolAtLocation(name);
    if (symbol !== undefined) mention(resolved(symbol), place);
    node.forEachChild((child) => visit(child, isMember(child) ? `${place}.${memberName(child)}` : place));
  }

  function mention(symbol: ts.Symbol, place: string): void {
    if (!isOurs(symbol) || exported.has(symbol) || symbol.flags & ts.SymbolFlags.TypeParameter) return;
    // A constant has no name in a signature: what counts are the types that its own type names.
    if (symbol.flags & ts.SymbolFlags.Variable) walk(symbol, `${place} (${symbol.name})`);
    else if (!unexported.has(symbol)) unexported.set(symbol, `${symbol.name} in ${place}`);
  }

  for (const [symbol, name] of exported) walk(symbol, name);
  return { unexported: [...unexported.values()].sort(), long };
}

function nameIn(node: ts.Node): ts.Node | undefined {
  if (ts.isTypeReferenceNode(node)) return node.typeName;
  if (ts.isExpressionWithTypeArguments(node)) return node.expression;
  if (ts.isImportTypeNode(node)) return node.qualifier;
  return ts.isTypeQueryNode(node) ? node.exprName : undefined;
}

type Member = ts.ClassElement | ts.TypeElement;

const isMember = (node: ts.Node): node is Member => ts.isClassElement(node) || ts.isTypeElement(node);
const memberName = (member: Member) => member.name?.getText() ?? 'constructor';
