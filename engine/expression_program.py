"""The program that evaluates expressions, in JavaScript, and what it takes away before the first one runs.

Above: expression, script_program. Below: nothing; javascript runs it and freezes what it leaves.
The engine looks at its time limit between its own operations, never within one. So nothing may be left with which one
operation works without end: no list with holes or without its items, no object that passes for a list, no search of a
long text in a long text, no pattern of any length, no property that runs code when it is read.
"""

from typing import Final

from engine.patterns import MAX_PATTERN

MAX_RESULT: Final = 256 * 1024
"""Characters of JSON an expression may give."""
MAX_DEPTH: Final = 64
"""Lists and objects within each other, in what is sent and in what comes back."""
MAX_MADE: Final = 100_000
"""Items of a list made by its length."""
MAX_SOUGHT: Final = 100_000_000
"""Characters or items looked at, times characters looked for, in one search: a tenth of a second."""

_TAMED: Final = """
  const listMost = %d, patternMost = %d, searchMost = %d;
  const {apply, construct, ownKeys, deleteProperty} = Reflect;
  const {keys, defineProperty, getPrototypeOf: prototypeOf, prototype: plain} = Object;
  const lists = Array.prototype, texts = String.prototype, patterns = RegExp.prototype;
  const List = Array, Pattern = RegExp, isArray = Array.isArray, Refusal = TypeError;
  const parse = JSON.parse, write = JSON.stringify, readTime = Date.prototype.getTime;
  const refuse = (what) => { throw new Refusal(what); };
  const tooMuch = (what) => refuse("work: " + what);
  const replace = (owner, name, value) => defineProperty(owner, name, {value, enumerable: false});
  const remove = (owner, ...names) => { for (const name of names) deleteProperty(owner, name); };
  const guard = (owner, name, look) => {
    const native = owner[name];
    replace(owner, name, {[name](...given) { return apply(native, this, look(this, given) || given); }}[name]);
  };
  const afford = (held, sought) => {
    if (held.length * sought.length > searchMost) tooMuch("searching so much for so long a text");
  };
  const short = (text) => text.length > patternMost ? tooMuch("a pattern longer than " + patternMost) : text;
  const isPattern = (value) => typeof value === "object" && value !== null && prototypeOf(value) === patterns;
  for (const name of ownKeys(lists)) {
    if (typeof name !== "string" || typeof lists[name] !== "function" || name === "constructor") continue;
    guard(lists, name, (list) => { if (!isArray(list)) refuse(name + " is for lists only"); });
  }
  for (const name of ["includes", "indexOf", "lastIndexOf"]) {
    guard(lists, name, (list, [sought]) => { if (typeof sought === "string") afford(list, sought); });
  }
  const before = (left, right) => {
    const one = `${left}`, other = `${right}`;
    return one < other ? -1 : one > other ? 1 : 0;
  };
  for (const name of ["sort", "toSorted"]) guard(lists, name, (_, [compare = before]) => [compare]);
  const flatten = (list, depth, into) => {
    for (const each of list) {
      if (depth > 0 && isArray(each)) flatten(each, depth - 1, into); else into[into.length] = each;
    }
    return into;
  };
  const map = lists.map;
  const flat = {
    flat(depth = 1) { return isArray(this) ? flatten(this, depth, []) : refuse("flat is for lists only"); },
    flatMap(...given) { return flatten(apply(map, this, given), 1, []); },
  };
  for (const name of keys(flat)) replace(lists, name, flat[name]);
  for (const name of ["includes", "indexOf", "lastIndexOf", "split", "replace", "replaceAll"]) {
    guard(texts, name, (held, [sought, ...more]) => {
      if (sought === undefined || isPattern(sought)) return null;
      const text = `${sought}`;
      afford(`${held}`, text);
      return [text, ...more];
    });
  }
  for (const name of ["match", "matchAll", "search"]) {
    guard(texts, name, (_, [sought]) => sought === undefined || isPattern(sought) ? null : [short(`${sought}`)]);
  }
  const makeList = function Array(...items) {
    if (items.length !== 1 || typeof items[0] !== "number") return construct(List, items);
    return items[0] > listMost ? tooMuch("a list of more than " + listMost) : construct(List, items).fill(undefined);
  };
  const makePattern = function RegExp(pattern, flags) {
    return construct(Pattern, [pattern === undefined || isPattern(pattern) ? pattern : short(`${pattern}`), flags]);
  };
  for (const name of ["isArray", "from", "of"]) replace(makeList, name, List[name]);
  for (const [name, made, prototype] of [["Array", makeList, lists], ["RegExp", makePattern, patterns]]) {
    made.prototype = prototype;
    replace(globalThis, name, made);
  }
  guard(Object, "assign", (_, [target]) => { if (isArray(target)) refuse("Object.assign is not for lists"); });
  replace(JSON, "parse", {parse(text) { return parse(text); }}.parse);
  guard(JSON, "stringify", (_, [__, keep]) => { if (isArray(keep)) refuse("JSON.stringify takes no list of keys"); });
  guard(Object, "create", (_, [from]) => from === null ? [from] : refuse("Object.create takes null only"));
  remove(Object, "defineProperty", "defineProperties", "setPrototypeOf", "getOwnPropertySymbols");
  remove(plain, "__proto__", "__defineGetter__", "__defineSetter__", "__lookupGetter__", "__lookupSetter__");
  remove(patterns, "compile");
  remove(Math, "random");
  remove(JSON, "rawJSON", "isRawJSON");
  const walks = prototypeOf(prototypeOf([].values()));
  remove(walks, ...ownKeys(walks).filter((name) => typeof name === "string"));
  for (const each of [plain, lists, texts, patterns, Number.prototype, Boolean.prototype, Symbol.prototype,
    BigInt.prototype, Map.prototype, Set.prototype]) remove(each, "constructor");
"""

_CHECKED: Final = """
  const limit = %d, deepest = %d, compile = Function, dates = Date.prototype;
  const {isInteger, isSafeInteger, isFinite: isReal} = Number;
  const timeOf = (date) => apply(readTime, date, []);
  const isWellFormed = (text) => text.isWellFormed();
  const unfit = (what) => refuse("result: " + what);
  const inside = (value) => {
    if (prototypeOf(value) === dates) return isReal(timeOf(value)) ? [] : unfit("a date that is none");
    if (typeof value.toJSON === "function") unfit("a function");
    if (isArray(value)) return value;
    if (prototypeOf(value) !== plain && prototypeOf(value) !== null) unfit("an object that is not JSON");
    const names = keys(value);
    return names.concat(names.map((name) => value[name]));
  };
  const check = (value) => {
    switch (typeof value) {
      case "number":
        if (!isReal(value)) unfit("NaN or an infinity");
        if (isInteger(value) && !isSafeInteger(value)) unfit("an integer beyond 2^53 - 1");
        return false;
      case "string":
        if (!isWellFormed(value)) unfit("half of a surrogate pair");
        return false;
      case "function": case "symbol": case "bigint":
        unfit("a " + typeof value);
    }
    return typeof value === "object" && value !== null;
  };
  const checkAll = (value) => {
    let layer = [value];
    for (let level = 0; layer.length > 0; level += 1) {
      const deeper = layer.filter(check);
      if (deeper.length > 0 && level === deepest) unfit("values nested deeper than " + deepest);
      layer = deeper.flatMap(inside);
    }
  };
  const answered = (value) => {
    checkAll(value);
    const answer = write(value);
    if (answer === undefined) return "null";
    return answer.length > limit ? unfit("more than " + limit + " characters") : answer;
  };
"""
TAMED: Final = _TAMED % (MAX_MADE, MAX_PATTERN, MAX_SOUGHT) + _CHECKED % (MAX_RESULT, MAX_DEPTH)
"""What every program of expressions begins with: JavaScript without what could work without end, checks of results."""
_EVALUATED: Final = """
  const compiled = new Map(), most = 256;
  const ready = (names, text) => {
    const key = names + "|" + text, found = compiled.get(key);
    if (found) return found;
    compile('"use strict"; return [\\n' + text + '\\n]');
    const made = compile(names, '"use strict"; return (\\n' + text + '\\n)');
    if (compiled.size >= most) compiled.delete(compiled.keys().next().value);
    compiled.set(key, made);
    return made;
  };
  return (names, text, sent) => {
    const value = ready(names, text)(...parse(sent));
    return typeof value === "boolean" ? `${value}` : answered(value);
  };
"""
PROGRAM: Final = f'() => {{\n  "use strict";{TAMED}{_EVALUATED}}}'
"""An arrow function that gives the one that evaluates: (names, text, values as JSON) to JSON."""
