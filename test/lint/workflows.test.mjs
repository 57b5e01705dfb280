// That the linters of workflows find what they are for: each fault is planted
// into the workflow there is, by itself. What a linter finds besides is no harm.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { lint } from "./workflows.mjs";

const name = new URL("../../.github/workflows/deploy.yml", import.meta.url);
const good = readFileSync(name, "utf8");

const FAULTS = [
  ["a job that needs one that is not there", "needs: test", "needs: tests", "actionlint"],
  ["a misspelt key of a job", "runs-on: ubuntu-latest", "run-on: ubuntu-latest", "actionlint"],
  ["the same", "runs-on: ubuntu-latest", "run-on: ubuntu-latest", "validator"],
  ["a misspelt key of the workflow", "concurrency:", "concurency:", "validator"],
  ["a permission that there is not", "id-token: write", "id-tokens: write", "actionlint"],
  ["a step that there is not", "steps.login.outcome", "steps.logon.outcome", "actionlint"],
  ["an unknown function", "cancelled()", "canceled()", "actionlint"],
  ["an action by its tag", /checkout@[0-9a-f]{40}/, "checkout@v4", "rules"],
  ["commands of its own", "run: scripts/deploy/push", "run: docker push it", "rules"],
  ["several lines of them", "run: scripts/deploy/push", "run: |\n          scripts/deploy/push", "rules"],
];

for (const [linter, complaints] of Object.entries(lint(good, "deploy.yml"))) assert.deepEqual(complaints, [], linter);
for (const [what, from, to, linter] of FAULTS) {
  const bad = good.replace(from, to);
  assert.notEqual(bad, good, what);
  assert.notDeepEqual(lint(bad, "deploy.yml")[linter], [], `${linter} does not see ${what}`);
}

// The scripts get every name that they ask for.
const asked = readFileSync(new URL("../../scripts/deploy/azure.sh", import.meta.url), "utf8");
for (const [variable] of asked.matchAll(/\b(AZURE_[A-Z_]+|SITE_URL)\b/g)) assert.ok(good.includes(`      ${variable}: `), `the release has no ${variable}`);
console.log(`${FAULTS.length} planted faults were found`);
