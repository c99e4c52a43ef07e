// What the roles may do, as a listing that a review sees change; what is refused; the alarms.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { App } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { Artifacts } from "../lib/artifact.ts";
import { checkConfig, loadConfig } from "../lib/config.ts";
import { UplineStack } from "../lib/upline-stack.ts";

const FUNCTIONS = [
  "bind-registration", "calculate-commission", "reverse-refund", "complete-order", "post-ledger",
];

const MACHINES = { arm64: 0xb7, x86_64: 0x3e };

/** A folder of what looks like binaries of this architecture. */
function standIns(architecture: keyof typeof MACHINES): string {
  const folder = mkdtempSync(join(tmpdir(), "upline-"));
  for (const name of FUNCTIONS) {
    mkdirSync(join(folder, name));
    const binary = Buffer.alloc(64);
    binary.write("\x7fELF", "latin1");
    binary.writeUInt16LE(MACHINES[architecture], 18);
    writeFileSync(join(folder, name, "bootstrap"), binary);
  }
  return folder;
}

function template(environment: string): Template {
  const config = loadConfig(join("config", `${environment}.json`));
  const artifacts = new Artifacts(standIns(config.architecture));
  return Template.fromStack(new UplineStack(new App(), "Upline", config, artifacts));
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
    FunctionResponseTypes: Match.absent(),
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

test("a binary for another machine is named, with how to build it", () => {
  const config = loadConfig("config/dev.json");
  const artifacts = new Artifacts(standIns("x86_64"));
  assert.throws(() => new UplineStack(new App(), "Upline", config, artifacts),
    /built for x86_64, and the configuration says arm64.*make package ARCHITECTURE=arm64/);
});

test("docs/deploy.md says what to do at each kind of alarm, and of no other", () => {
  const alarms = Object.values(template("prod").findResources("AWS::CloudWatch::Alarm"));
  const kinds = alarms.map((alarm) => alarm["Properties"].AlarmName.split("-").at(-1));
  const page = readFileSync(join("..", "..", "docs", "deploy.md"), "utf8");
  const listed = [...page.matchAll(/^### `.*?([a-z]+)`$/gm)].map(([, kind]) => kind);
  assert.deepEqual(listed.sort(), [...new Set(kinds)].sort());
});

test("a configuration that cannot be deployed is refused with its path", () => {
  const good = JSON.parse(readFileSync("config/prod.json", "utf8"));
  const refused = (change: object, message: RegExp): void =>
    assert.throws(() => checkConfig({ ...good, ...change }, "x.json"), message);
  refused({ architecture: "arm" }, /architecture: "arm" is none of arm64, x86_64/);
  refused({ archive: 1 }, /"archive" is not a key/);
  refused({ name: undefined }, /name|has no "name"/);
  refused({ logRetentionDays: 2 }, /logRetentionDays: 2 is none of 1, 3, 5/);
  const concurrency = { "reverse-refund": { maximum: 9, reserved: 3 } };
  refused({ concurrency }, /9 is more than the 3/);
});
