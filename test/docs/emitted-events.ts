import { readFileSync } from 'node:fs';
import ts from 'typescript';

/** One log call in the sources: the events it can name, its level, and the fields it surely or possibly carries. */
export interface Emitted {
  names: string[];
  level: string;
  fields: string[];
}

const LEVELS = new Set(['debug', 'info', 'warn', 'error']);

/**
 * Reads the log calls of a file from its syntax tree. What it does not understand it throws at, so that an event
 * written in a new way is noticed and not overlooked.
 */
export function emittedEvents(file: string): Emitted[] {
  const tree = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  return descendants(tree).flatMap((node) => {
    if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return [];
    const { expression: log, name: level } = node.expression;
    if (!LEVELS.has(level.text) || !/\blog$/i.test(log.getText())) return [];
    const line = objectOf(node.arguments[0]);
    if (!line) return [];
    return [{ names: namesOf(line), level: level.text, fields: fieldsOf(line) }];
  });
}

/** The literal that is logged, also by way of a constant. Null for a parameter: somebody else wrote that line. */
function objectOf(argument: ts.Expression | undefined): ts.ObjectLiteralExpression | null {
  if (argument === undefined) return null;
  if (ts.isObjectLiteralExpression(argument)) return argument;
  for (let scope: ts.Node = argument; !ts.isSourceFile(scope); scope = scope.parent) {
    if (!ts.isBlock(scope)) continue;
    for (const node of descendants(scope)) {
      if (!ts.isVariableDeclaration(node) || node.name.getText() !== argument.getText()) continue;
      if (node.initializer && ts.isObjectLiteralExpression(node.initializer)) return node.initializer;
    }
  }
  return null;
}

function fieldsOf(line: ts.ObjectLiteralExpression): string[] {
  return line.properties.flatMap(({ name }) => (name && name.getText() !== 'event' ? [name.getText()] : []));
}

function namesOf(line: ts.ObjectLiteralExpression): string[] {
  const event = line.properties.find(({ name }) => name?.getText() === 'event');
  const names = event && ts.isShorthandPropertyAssignment(event) ? passedIn(event.name) : [];
  const found = event && ts.isPropertyAssignment(event) ? textsOf(event.initializer) : names;
  if (found.length === 0) throw new Error(`an event nobody can read: ${line.getText()}`);
  return found;
}

function textsOf(value: ts.Expression): string[] {
  if (ts.isStringLiteral(value)) return [value.text];
  if (ts.isConditionalExpression(value)) return [...textsOf(value.whenTrue), ...textsOf(value.whenFalse)];
  if (!ts.isTemplateExpression(value)) return [];
  const [span, ...others] = value.templateSpans;
  if (!span || others.length > 0) return [];
  return parametersType(span.expression).map((text) => value.head.text + text + span.literal.text);
}

/** The literals of a parameter's union type. */
function parametersType(name: ts.Node): string[] {
  const type = parameterOf(name)?.parameter.type;
  return type ? literalsOf(type) : [];
}

/** What a function of the same file is called with, where its parameter is the event. */
function passedIn(name: ts.Identifier): string[] {
  const found = parameterOf(name);
  const callee = found?.owner.name?.getText();
  if (!found || callee === undefined) return [];
  return descendants(name.getSourceFile()).flatMap((node) => {
    if (!ts.isCallExpression(node) || node.expression.getText() !== callee) return [];
    const argument = node.arguments[found.index];
    return argument ? textsOf(argument) : [];
  });
}

function parameterOf(name: ts.Node) {
  for (let scope = name; !ts.isSourceFile(scope); scope = scope.parent) {
    if (!ts.isFunctionLike(scope)) continue;
    const index = scope.parameters.findIndex((parameter) => parameter.name.getText() === name.getText());
    const parameter = scope.parameters[index];
    if (parameter) return { owner: scope, index, parameter };
  }
  return null;
}

/** The members of an exported union of texts. */
export function unionMembers(file: string, type: string): string[] {
  const tree = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const alias = descendants(tree).find((node) => ts.isTypeAliasDeclaration(node) && node.name.text === type);
  return alias && ts.isTypeAliasDeclaration(alias) ? literalsOf(alias.type) : [];
}

const literalsOf = (type: ts.TypeNode): string[] =>
  descendants(type).flatMap((node) => (ts.isStringLiteral(node) ? [node.text] : []));

function descendants(node: ts.Node): ts.Node[] {
  const found: ts.Node[] = [];
  const visit = (one: ts.Node): void => {
    found.push(one);
    one.forEachChild(visit);
  };
  visit(node);
  return found;
}
