"""The program that evaluates scripts, in JavaScript: expressions over what a session knows, with the session's clock.

Above: script_running. Below: expression_program, which takes away what could work without end or be changed.
Values that are lists or objects are kept between calls, frozen; an expression that tries to change one runs again on
copies of its own. So whatever it does, the next one sees the values as they were sent.
"""

from typing import Final

from engine.expression_program import TAMED

_CLOCK: Final = r"""
  const Day = Date;
  let now = 0;
  const zoned = /(?:Z|GMT|UTC|(?:\s|GMT|UTC)[+-]\d{4})$/, plainDate = /^[A-Za-z0-9 ,:\/]+$/;
  const iso = /^(?:\d{4}|[+-]\d{6})(?:-\d\d(?:-\d\d)?)?(?:([T ])\d\d:\d\d(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/;
  const readDate = (given) => {
    const text = `${given}`.trim().slice(0, 100), found = apply(patterns.exec, iso, [text]);
    if (found) return Day.parse(found[1] && !found[2] ? text + "Z" : text);
    if (apply(patterns.test, zoned, [text])) return Day.parse(text);
    return apply(patterns.test, plainDate, [text]) ? Day.parse(text + " UTC") : NaN;
  };
  const timeGiven = (value) => {
    if (typeof value !== "object" || value === null) return typeof value === "string" ? readDate(value) : value;
    return prototypeOf(value) === dates ? timeOf(value) : readDate(value);
  };
  const Clock = function Date(...given) {
    if (new.target === undefined) return `${construct(Day, [now])}`;
    if (given.length > 1) return construct(Day, [Day.UTC(...given)]);
    return construct(Day, [given.length === 0 ? now : timeGiven(given[0])]);
  };
  const two = (count) => `${count}`.padStart(2, "0");
  const worded = (date, wanted) => {
    if (!isReal(timeOf(date))) return "Invalid Date";
    const [weekday, day, month, year, time] = date.toUTCString().split(" ");
    const shown = {date: `${weekday.slice(0, 3)} ${month} ${day} ${year}`, time: `${time} GMT+0000`};
    return wanted.map((each) => shown[each]).join(" ");
  };
  const dated = {
    toString() { return worded(this, ["date", "time"]); },
    toDateString() { return worded(this, ["date"]); },
    toTimeString() { return worded(this, ["time"]); },
    getTimezoneOffset() { return isReal(timeOf(this)) ? 0 : NaN; },
  };
  for (const name of keys(dated)) replace(dates, name, dated[name]);
  for (const name of ownKeys(dates)) {
    if (typeof name !== "string") continue;
    if (/^(get|set)UTC/.test(name)) replace(dates, name.replace("UTC", ""), dates[name]);
    if (!/^toLocale/.test(name)) continue;
    replace(dates, name, {[name]() { refuse(`${name} is not there; use ISO text`); }}[name]);
  }
  remove(dates, "constructor", "getYear", "setYear", "toGMTString");
  replace(Clock, "now", {now() { return now; }}.now);
  replace(Clock, "parse", {parse(text) { return readDate(text); }}.parse);
  replace(Clock, "UTC", Day.UTC);
  Clock.prototype = dates;
  replace(globalThis, "Date", Clock);
"""
_RUN: Final = r"""
  const functions = [], values = [], copied = [], freezeOne = Object.freeze;
  const freezeAll = (value) => {
    let layer = [value];
    while (layer.length > 0) {
      const deeper = [];
      for (const each of layer) {
        if (typeof each !== "object" || each === null) continue;
        freezeOne(each);
        if (isArray(each)) for (const item of each) deeper[deeper.length] = item;
        else for (const name of keys(each)) deeper[deeper.length] = each[name];
      }
      layer = deeper;
    }
    return value;
  };
  const copies = (given, marks) => given.map((each, at) => marks[at] === "1" ? parse(write(values[each])) : each);
  const kept = (given, marks) => given.map((each, at) => marks[at] === "1" ? values[each] : each);
  const called = (slot, marks, given) => {
    if (marks === "") return functions[slot](...given);
    if (copied[slot]) return functions[slot](...copies(given, marks));
    try {
      return functions[slot](...kept(given, marks));
    } catch (error) {
      if (typeof error !== "object" || error === null || prototypeOf(error) !== Refusal.prototype) throw error;
    }
    const value = functions[slot](...copies(given, marks));
    copied[slot] = true;
    return value;
  };
  const parts = {
    keep(slot, sent) { values[slot] = sent === "" ? undefined : freezeAll(parse(sent)); },
    make(slot, names, text, parameters, shape) {
      compile('"use strict"; return [\n' + text + '\n]');
      const made = compile(names, '"use strict"; return (\n' + text + '\n)');
      const caller = compile("made", "Date", `"use strict"; return (${parameters}) => made.call(${shape})`);
      functions[slot] = caller(made, Clock);
      copied[slot] = false;
    },
    drop(slot) { functions[slot] = undefined; },
  };
  return (what, slot, ...given) => {
    if (typeof what === "string") return parts[what](slot, ...given);
    const [at, marks, ...sent] = given;
    now = at;
    const value = called(slot, marks, sent);
    if (typeof value === "boolean") return value;
    if (what) return typeof value === "function" ? unfit("a function") : !!value;
    if (value === undefined || value === null) return null;
    if (typeof value === "number") return check(value) || value + 0;
    return answered(value);
  };
"""
PROGRAM: Final = f'() => {{\n  "use strict";{TAMED}{_CLOCK}{_RUN}}}'
"""An arrow function that gives one function for all: keep a value, make a function, drop one, or call one.

`("keep", slot, JSON or "")`; `("make", slot, names, text, parameters, arguments of its call)`; `("drop", slot)`;
`(is_condition, slot, milliseconds, marks, ...)`: marks has a "1" for each argument that is the slot of a value, ""
where none is; it gives true or false, null, a number, or JSON.
"""
