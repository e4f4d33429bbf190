import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const root = join(import.meta.dirname, '../..');

/**
 * The properties of a type, with what its comments say: those of its own, of the types in the same file that it is made
 * of, and the names of `others` that it is made of.
 */
export function optionsIn(file, typeName) {
  const text = readFileSync(join(root, file), 'utf8');
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const declared = new Map(source.statements.filter(isType).map((node) => [node.name.text, node]));
  const options = new Map();
  const others = [];

  function walk(node, needed, about = '') {
    if (ts.isTypeAliasDeclaration(node)) return walk(node.type, needed);
    if (ts.isInterfaceDeclaration(node))
      for (const { types } of node.heritageClauses ?? []) for (const base of types) walk(base, needed);
    if (node.members) return node.members.forEach((member) => add(member, needed, about));
    if (ts.isIntersectionTypeNode(node)) return node.types.forEach((part) => walk(part, needed));
    if (ts.isUnionTypeNode(node))
      // The comment of a part is before its bar.
      return node.types.forEach((part, index) =>
        walk(part, 'one of these', commentAt(index === 0 ? node.pos : node.types[index - 1].end)),
      );
    const known = declared.get(node.getText());
    if (known === undefined) others.push(node.getText());
    else walk(known, needed);
  }

  function add(member, needed, about) {
    const type = member.type.getText();
    const name = member.name.text;
    if (type === 'undefined' || options.has(name)) return;
    const isOptional = member.questionToken !== undefined;
    const own = commentAt(member.pos) || about;
    options.set(name, { name, type: oneLine(type), needed: isOptional ? '' : needed, about: own });
  }

  function commentAt(position) {
    const ranges = ts.getLeadingCommentRanges(text, position) ?? [];
    return ranges.map(({ pos, end }) => proseOf(text.slice(pos, end))).join(' ');
  }

  const node = declared.get(typeName);
  if (node === undefined) throw new Error(`${file} declares no ${typeName}.`);
  walk(node, 'required');
  return { about: commentAt(node.pos), others, options: [...options.values()] };
}

const isType = (node) => ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node);
const oneLine = (text) => text.replaceAll(/\s+/g, ' ').replaceAll(/\(\s(?:\| )?(.*?) \)/g, '($1)');
const proseOf = (comment) => oneLine(comment.slice(3, -2).replaceAll(/^\s*\*/gm, '')).trim();
