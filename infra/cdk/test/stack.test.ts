// What the roles may do, as a listing that a review sees change; and configurations that are refused.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { App } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { Artifacts } from "../lib/artifact.ts";
import { checkConfig, loadConfig } from "../lib/config.ts";
import { UplineStack } from "../lib/upline-stack.ts";

const FUNCTIONS = [
  "bind-registration", "calculate-commission", "reverse-refund", "complete-order", "post-ledger",
];

function standIns(): string {
  const folder = mkdtempSync(join(tmpdir(), "upline-"));
  for (const name of FUNCTIONS) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, "bootstrap"), "stands in for a binary\n");
  }
  return folder;
}

function template(environment: string): Template {
  const config = loadConfig(join("config", `${environment}.json`));
  return Template.fromStack(new UplineStack(new App(), "Upline", config, new Artifacts(standIns())));
}

function permissions(environment: string): string {
  const policies = template(environment).findResources("AWS::IAM::Policy");
  return Object.entries(policies).sort(([a], [b]) => a.localeCompare(b)).map(([id, policy]) =>
    [id, ...policy["Properties"].PolicyDocument.Statement.map((one: unknown) =>
      `  ${JSON.stringify(one)}`)].join("\n")).join("\n\n") + "\n";
}

for (const environment of ["dev", "prod"]) {
  test(`the roles of ${environment} may do what is listed`, () => {
    const path = join("test", `permissions.${environment}.snapshot`);
    const now = permissions(environment);
    if (process.env["UPLINE_BLESS"] === "1") {
      writeFileSync(path, now);
    }
    assert.equal(now, readFileSync(path, "utf8"));
  });
}

test("posting is not woken by what it writes, and a batch fails whole", () => {
  template("prod").hasResourceProperties("AWS::Lambda::EventSourceMapping", {
    BisectBatchOnFunctionError: true,
    FilterCriteria: { Filters: [{ Pattern: JSON.stringify({
      eventName: ["INSERT", "MODIFY"], dynamodb: { Keys: { sk: { S: ["ORDER", "MEMBER"] } } },
    }) }] },
  });
});

test("a binary that was not built is named, with how to build it", () => {
  const config = loadConfig("config/dev.json");
  const empty = new Artifacts(mkdtempSync(join(tmpdir(), "upline-")));
  assert.throws(() => new UplineStack(new App(), "Upline", config, empty), /make package/);
});

test("a configuration that cannot be deployed is refused with its path", () => {
  const good = JSON.parse(readFileSync("config/prod.json", "utf8"));
  const refused = (change: object, message: RegExp): void =>
    assert.throws(() => checkConfig({ ...good, ...change }, "x.json"), message);
  refused({ architecture: "arm" }, /architecture: "arm" is none of arm64, x86_64/);
  refused({ archive: 1 }, /"archive" is not a key/);
  refused({ name: undefined }, /name|has no "name"/);
  refused({ auth: { issuer: "https://a" } }, /auth: has no "audience"/);
  refused({ concurrency: { "reverse-refund": { maximum: 9, reserved: 3 } } }, /9 is more than the 3/);
});
