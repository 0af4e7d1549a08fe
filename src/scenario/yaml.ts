import {
  type Alias,
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  type Node,
  type Pair,
  Parser,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { limits } from './limits.ts';
import type { Reading } from './reading.ts';
import { shortenFix } from './source.ts';
import { quote, type Written, type WrittenEntry, type WrittenScalar, writtenScalar } from './written.ts';

const SYNTAX_ERRORS = 20;

/**
 * YAML 1.2 (and so JSON) down to text, lists and blocks: what a value means is decided by the field it is written in,
 * so that `010`, `0x1F`, `1_000` or `yes` cannot mean something unexpected. Anchors and aliases work; tags, merge keys,
 * directives and further documents do not, since they hide what a scenario says. Null where nothing can be read;
 * problems go to `reading`.
 */
export function parseYaml(text: string, reading: Reading): Written | null {
  const tokens = tokenize(text, reading);
  if (tokens === null) return null;
  const documents = compose(tokens, text.length);
  const [document, extra] = documents;
  if (extra !== undefined) {
    reading.report(extra.range[0], 'expected one scenario, found a second document', 'write it to a file of its own');
  }
  for (const { errors } of documents) {
    for (const error of errors.slice(0, SYNTAX_ERRORS)) {
      // An unclosed bracket is told as bad indentation of what follows.
      const code = /end with a [\]}]/.test(error.message) ? 'MISSING_CHAR' : error.code;
      reading.report(error.pos[0], `not valid YAML: ${lowerFirst(error.message)}`, syntaxFix(code));
    }
  }
  if (documents.some(({ errors }) => errors.length > 0) || document === undefined) return null;
  if (document.contents === null) return writtenScalar('', 0);
  return createConverter(reading)(document.contents, 0);
}

/**
 * The concrete syntax, unless there is too much of it, or too deep: the YAML library itself is recursive and takes its
 * time over errors, so nonsense has to stop here.
 */
function tokenize(text: string, reading: Reading): CST.Token[] | null {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  let lexemes = 0;
  let errors = 0;
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) {
      tokens.push(token);
      if (token.type === 'error' && ++errors <= SYNTAX_ERRORS) {
        reading.report(token.offset, `not valid YAML: ${lowerFirst(token.message)}`, syntaxFix('UNEXPECTED_TOKEN'));
      }
      if (token.type === 'directive' && token.source.trim() !== '%YAML 1.2') {
        return refuse(reading, token.offset, 'expected a scenario in YAML 1.2, found a directive', 'remove this line');
      }
    }
    if (parser.stack.length > limits.nesting || ++lexemes > limits.lexemes || errors > SYNTAX_ERRORS) break;
  }
  if (errors > 0) return null;
  if (parser.stack.length > limits.nesting) {
    const message = `expected at most ${limits.nesting} blocks inside each other, found more`;
    return refuse(reading, parser.offset, message, 'check the indentation and the brackets');
  }
  if (lexemes > limits.lexemes) {
    const message = 'expected a scenario of some 20,000 values at most, found more';
    return refuse(reading, parser.offset, message, shortenFix);
  }
  return [...tokens, ...parser.end()];
}

function refuse(reading: Reading, offset: number, message: string, fix: string): null {
  reading.report(offset, message, fix);
  return null;
}

function compose(tokens: CST.Token[], endOffset: number): Document.Parsed[] {
  // Repeated keys are found by the converter: the library compares each key with each.
  const composer = new Composer({ schema: 'failsafe', uniqueKeys: false, prettyErrors: false, logLevel: 'silent' });
  // A file may hold a hundred thousand errors, and to record where in the library each arose takes longer than all else.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return [...composer.compose(tokens, true, endOffset)];
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function lowerFirst(message: string): string {
  return message.slice(0, 1).toLowerCase() + message.slice(1).replace(/\s+/g, ' ');
}

function syntaxFix(code: string): string {
  if (code === 'TAB_AS_INDENT') return 'indent with spaces';
  if (code === 'BAD_INDENT') return 'give keys of one block the same indentation';
  if (code === 'MISSING_CHAR') return 'close what was opened: a bracket, a brace or a quote';
  if (code === 'BAD_SCALAR_START' || code === 'BAD_DQ_ESCAPE') return "put the text in single quotes: '...'";
  if (code === 'TAG_RESOLVE_FAILED') return 'remove the tag (the word that begins with !)';
  return "check indentation, brackets and quotes around here; text with ': ' or ' #' in it needs quotes";
}

/** Turns nodes of the YAML library into ours. Aliased parts are shared, not copied, so that a bomb of them stays small. */
function createConverter(reading: Reading): (node: Node, at: number) => Written {
  const anchors = new Map<string, { written: Written; size: number }>();
  let aliasedValues = 0;
  /** Of the nodes converted so far, aliases counted as what they stand for. */
  let size = 0;

  const convert = (node: Node, at: number): Written => {
    if (isAlias(node)) return resolve(node, at);
    const sizeBefore = size++;
    const offset = node.range?.[0] ?? at;
    if (node.tag !== undefined && !/^tag:yaml\.org,2002:(?:str|seq|map)$/.test(node.tag)) {
      reading.report(
        offset,
        `expected no tags, found ${quote(node.tag)}`,
        'remove the tag (the word that begins with !)',
      );
    }
    const written = isMap(node) ? mapOf(node, offset) : isSeq(node) ? listOf(node, offset) : scalarOf(node, offset, at);
    if (node.anchor !== undefined) anchors.set(node.anchor, { written, size: size - sizeBefore });
    return written;
  };

  const resolve = (alias: Alias, at: number): Written => {
    const offset = alias.range?.[0] ?? at;
    const anchor = anchors.get(alias.source);
    if (anchor === undefined) {
      const message = `expected the name of an anchor defined above, found ${quote(`*${alias.source}`)}`;
      reading.report(offset, message, `define it with &${alias.source}, or put the text in quotes`);
      return writtenScalar('', offset);
    }
    size += anchor.size;
    aliasedValues += anchor.size;
    if (aliasedValues <= limits.aliasedValues) return anchor.written;
    if (aliasedValues - anchor.size <= limits.aliasedValues) {
      const message = `expected aliases for at most ${limits.aliasedValues} values, found more`;
      reading.report(offset, message, 'write out what is meant');
    }
    return writtenScalar('', offset);
  };

  const listOf = (node: YAMLSeq, offset: number): Written => ({
    kind: 'list',
    offset,
    items: node.items.map((item) => convert(item as Node, offset)),
  });

  const mapOf = (node: YAMLMap, offset: number): Written => {
    const entries = new Map<string, WrittenEntry>();
    for (const pair of node.items as Pair<Node, Node | null>[]) {
      const keyOffset = pair.key.range?.[0] ?? offset;
      if (!isScalar(pair.key)) {
        reading.report(keyOffset, 'expected a word as key, found something else', 'write keys as plain words');
        continue;
      }
      const key = String(pair.key.value);
      const value = pair.value === null ? writtenScalar('', keyOffset) : convert(pair.value, keyOffset);
      if (entries.has(key)) {
        reading.report(keyOffset, `expected each key once, found ${quote(key)} again`, 'keep one of the two');
      } else entries.set(key, { keyOffset, value });
    }
    return { kind: 'map', offset, entries };
  };

  return convert;
}

function scalarOf(node: Scalar, offset: number, at: number): WrittenScalar {
  const text = String(node.value);
  const quoted = node.type !== 'PLAIN';
  // Where nothing is written there is nothing to point at, so point at the key.
  return { kind: 'scalar', offset: text === '' && !quoted ? at : offset, text, quoted };
}
