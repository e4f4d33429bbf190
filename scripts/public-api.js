/**
 * Writes docs/public-api.md: every name that the package exports, with its kind. With `--print` it only prints it.
 * A test compares the two.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const root = join(import.meta.dirname, '..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const entryPoints = Object.entries(manifest.exports)
  .filter(([, { types }]) => types !== undefined)
  .map(([path, { types }]) => [
    join(manifest.name, path),
    types.replace('./dist/package/types', 'src').replace('.d.ts', '.ts'),
  ]);

const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
const program = ts.createProgram(
  entryPoints.map(([, file]) => join(root, file)),
  options,
);
const checker = program.getTypeChecker();

function namesOf(file) {
  const source = program.getSourceFile(join(root, file));
  const names = checker.getExportsOfModule(checker.getSymbolAtLocation(source)).map((symbol) => {
    const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    return [symbol.name, kindOf(target)];
  });
  return names.sort(([one], [other]) => (one < other ? -1 : 1));
}

function kindOf(symbol) {
  if (symbol.flags & ts.SymbolFlags.Class) return kindOfClass(symbol);
  if (!(symbol.flags & ts.SymbolFlags.Value)) return 'type';
  const type = checker.getTypeOfSymbol(symbol);
  const results = type.getCallSignatures().map((call) => checker.typeToString(call.getReturnType()));
  if (results.length === 0) return 'constant';
  return results.every((result) => result.includes('Decorator')) ? 'decorator' : 'function';
}

function kindOfClass(symbol) {
  const { valueDeclaration: declaration } = symbol;
  const type = checker.getDeclaredTypeOfSymbol(symbol);
  const decorators = (ts.getDecorators(declaration) ?? []).map((decorator) => decorator.getText());
  if (decorators.some((text) => text.startsWith('@Module('))) return 'module';
  if (decorators.some((text) => /^@(Entity|GatehouseEntity)\(/.test(text))) return 'entity';
  if (type.getProperty('canActivate') !== undefined) return 'guard';
  if (type.getProperty('stack') !== undefined) return 'error';
  const isAbstract = declaration.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.AbstractKeyword);
  return isAbstract === true ? 'abstract class' : 'class';
}

const lists = entryPoints.map(([name, file]) => {
  const names = namesOf(file);
  const kinds = [...new Set(names.map(([, kind]) => kind))].sort();
  const ofKind = (kind) => names.flatMap(([row, other]) => (other === kind ? [`\`${row}\``] : []));
  const [, purpose] = /^\/\*\* (.+) \*\/\n/.exec(readFileSync(join(root, file), 'utf8'));
  // A line for each name, so that a change of one is a change of one line.
  return [
    `## \`${name}\`\n\n${purpose}\n`,
    ...kinds.map((kind) => `- ${kind}:\n  ${ofKind(kind).join(',\n  ')}`),
  ].join('\n');
});

const text = `# Public names

All that the package exports; versions promise nothing else. Written by \`npm run public-api\`.

${lists.join('\n\n')}
`;

if (process.argv.includes('--print')) process.stdout.write(text);
else writeFileSync(join(root, 'docs/public-api.md'), text);
