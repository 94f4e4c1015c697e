// What a syntax tree tells without any types: the names that a module declares, the functions that each line stands in,
// and what others can see of it.
import {
  isArrowFunction, isCallExpression, isClassDeclaration, isConstructorDeclaration, isExportAssignment, isExportDeclaration, isFunctionDeclaration, isFunctionExpression,
  isGetAccessorDeclaration, isIdentifier, isImportDeclaration, isImportTypeNode, isInterfaceDeclaration, isMethodDeclaration, isModuleDeclaration, isNamedExports, isNamedImports,
  isNamespaceImport, isParameterDeclaration, isPrivateIdentifier, isSetAccessorDeclaration, isStringLiteral, isTypeAliasDeclaration, isTypeReferenceNode, isVariableDeclaration, isVariableStatement,
  type Node, type SourceFile, type Statement, SyntaxKind,
} from 'typescript7/unstable/ast'
import { digest } from '../files.ts'
import type { Declaration, Facts } from './facts.ts'
import type { Part, Surface } from './surface.ts'

/** The names of a module: what stands at its top, and the members of its classes. */
export function declaredIn(source: SourceFile): Declaration[] {
  const declared: Declaration[] = []
  const add = (name: Node | undefined, kind: string, exported: boolean, owner = '') => {
    if (!name || !(isIdentifier(name) || isStringLiteral(name))) return
    const { line } = source.getLineAndCharacterOfPosition(name.getStart(source))
    declared.push({ name: owner + name.text, kind, line, exported })
  }
  for (const statement of source.statements) {
    const exported = isExported(statement)
    if (isVariableStatement(statement)) for (const { name } of statement.declarationList.declarations) for (const one of namesIn(name)) add(one, 'constant', exported)
    if (isFunctionDeclaration(statement)) add(statement.name, 'function', exported)
    if (isInterfaceDeclaration(statement)) add(statement.name, 'interface', exported)
    if (isTypeAliasDeclaration(statement)) add(statement.name, 'type', exported)
    if (!isClassDeclaration(statement)) continue
    add(statement.name, 'class', exported)
    for (const member of statement.members) add(nameOf(member), isMethodDeclaration(member) ? 'method' : 'property', false, `${statement.name?.text ?? ''}.`)
  }
  return declared
}

function isExported(statement: Statement): boolean {
  const { modifiers } = statement as { modifiers?: readonly Node[] }
  return modifiers?.some(({ kind }) => kind === SyntaxKind.ExportKeyword) ?? false
}

function nameOf(node: Node): Node | undefined {
  return (node as { name?: Node }).name
}

/** The identifiers of a name, which may be a pattern. */
function namesIn(name: Node | undefined): Node[] {
  if (!name || isIdentifier(name)) return name ? [name] : []
  const { elements = [] } = name as { elements?: readonly Node[] }
  return elements.flatMap((element) => namesIn(nameOf(element)))
}

export function scopesIn(source: SourceFile): Facts['scopes'] {
  const scopes: Facts['scopes'] = []
  const lineAt = (position: number) => source.getLineAndCharacterOfPosition(position).line
  const visit = (node: Node, owner: string) => {
    const name = scopeName(node, owner)
    if (name !== undefined) scopes.push([isClassDeclaration(node) ? name : `${name}()`, lineAt(node.getStart(source)), lineAt(node.getEnd())])
    node.forEachChild((child) => visit(child, isClassDeclaration(node) ? `${name}.` : name === undefined ? owner : ''))
  }
  visit(source, '')
  return scopes
}

function scopeName(node: Node, owner: string): string | undefined {
  if (isFunctionDeclaration(node) || isClassDeclaration(node)) return node.name?.text
  if (isConstructorDeclaration(node)) return `${owner}constructor`
  if (isMethodDeclaration(node) || isGetAccessorDeclaration(node) || isSetAccessorDeclaration(node)) return owner + node.name.getText()
  if (!isVariableDeclaration(node) || !node.initializer || !node.name || !isIdentifier(node.name)) return undefined
  return isArrowFunction(node.initializer) || isFunctionExpression(node.initializer) ? node.name.text : undefined
}

/** The name of what a module declares at its top, or of a member of such a class. Others are nobody else's business. */
export function lastingName(declaration: Node): string | undefined {
  const name = nameOf(declaration)
  if (!name || isParameterDeclaration(declaration)) return undefined
  if (declaration.parent && isClassDeclaration(declaration.parent)) {
    const owner = lastingName(declaration.parent)
    return owner && `${owner}.${name.getText()}`
  }
  let statement = declaration
  for (; statement.parent && statement.parent.kind !== SyntaxKind.SourceFile; statement = statement.parent) {
    if ([SyntaxKind.Block, SyntaxKind.InterfaceDeclaration, SyntaxKind.TypeLiteral, SyntaxKind.ModuleBlock].includes(statement.parent.kind)) return undefined
  }
  return statement.kind === SyntaxKind.VariableStatement || statement === declaration ? name.getText() : undefined
}

/** Every name that stands in a module, in order. */
export function identifiersIn(source: SourceFile): Node[] {
  const found: Node[] = []
  const visit = (node: Node): void => {
    if (isConstAssertion(node)) return // its `const` is no name
    if (isIdentifier(node) || isPrivateIdentifier(node)) found.push(node)
    node.forEachChild(visit)
  }
  visit(source)
  return found
}

function isConstAssertion(node: Node): boolean {
  return isTypeReferenceNode(node) && isIdentifier(node.typeName) && node.typeName.text === 'const'
}

/**
 * What others can see of a module, statement by statement: all but the bodies of functions that say what they return.
 * Comments belong to it, since they are shown with the types.
 */
export function surfaceOf(source: SourceFile): Surface {
  const surface: Surface = { parts: [], imports: {}, exports: {}, stars: [] }
  const parts: { names: string[]; text: string; modules: string[] }[] = []
  for (const statement of source.statements) {
    if (isImportDeclaration(statement)) importsIn(statement, surface)
    else if (isExportDeclaration(statement)) exportsIn(statement, surface)
    else parts.push({ names: declaredBy(statement), ...visibleIn(statement, source.text) })
  }
  const known = new Set([...parts.flatMap(({ names }) => names), ...Object.keys(surface.imports)])
  surface.parts = parts.map(({ names, text, modules }): Part => {
    const words = new Set(text.match(/[\p{L}_$][\p{L}\d_$]*/gu)?.filter((word) => known.has(word) && !names.includes(word)))
    return { names, sum: digest(text).slice(0, 16), words: [...words], modules }
  })
  return surface
}

/** The names that a statement of a module declares; `*` for what is seen by everybody. */
function declaredBy(statement: Statement): string[] {
  if (isVariableStatement(statement)) return statement.declarationList.declarations.flatMap(({ name }) => namesIn(name).map((one) => one.getText()))
  if (isModuleDeclaration(statement)) return ['*']
  if (isExportAssignment(statement)) return ['default']
  const isDefault = (statement as { modifiers?: readonly Node[] }).modifiers?.some(({ kind }) => kind === SyntaxKind.DefaultKeyword)
  return [...namesIn(nameOf(statement)).map((one) => one.getText()), ...(isDefault ? ['default'] : [])]
}

function visibleIn(statement: Statement, whole: string): { text: string; modules: string[] } {
  const modules: string[] = []
  let text = ''
  let from = statement.pos
  const visit = (node: Node): void => {
    const [module] = isImportTypeNode(node) ? [(node.argument as { literal?: Node }).literal] : isCallExpression(node) && node.expression.kind === SyntaxKind.ImportKeyword ? node.arguments : []
    if (module && isStringLiteral(module)) modules.push(module.text)
    const { body, type } = node as { body?: Node; type?: Node }
    const isClosed = body && body.kind === SyntaxKind.Block && (type || isConstructorDeclaration(node))
    if (!isClosed) return void node.forEachChild(visit)
    text += whole.slice(from, body.pos)
    from = body.end
  }
  visit(statement)
  return { text: text + whole.slice(from, statement.end), modules }
}

function importsIn(statement: Node, { imports, stars }: Surface): void {
  if (!isImportDeclaration(statement) || !isStringLiteral(statement.moduleSpecifier)) return
  const { importClause: clause, moduleSpecifier: { text: module } } = statement
  if (!clause) stars.push(module) // it is there for what it does to everybody
  if (clause?.name) imports[clause.name.text] = [module, 'default']
  const bindings = clause?.namedBindings
  if (bindings && isNamespaceImport(bindings)) imports[bindings.name.text] = [module, '*']
  if (bindings && isNamedImports(bindings)) for (const { name, propertyName } of bindings.elements) imports[name.text] = [module, (propertyName ?? name).text]
}

function exportsIn(statement: Node, { exports, stars }: Surface): void {
  if (!isExportDeclaration(statement)) return
  const { exportClause: clause, moduleSpecifier } = statement
  const module = moduleSpecifier && isStringLiteral(moduleSpecifier) ? moduleSpecifier.text : undefined
  if (!clause && module !== undefined) stars.push(module)
  if (clause && isNamedExports(clause)) for (const { name, propertyName } of clause.elements) exports[name.text] = [module ?? null, (propertyName ?? name).text]
  if (clause && !isNamedExports(clause) && module !== undefined) exports[clause.name.text] = [module, '*']
}
