// What the roles may do, as a listing that a review sees change; what is refused; the alarms.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { App } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { Artifacts } from "../lib/artifact.ts";
import { OUTGOING } from "../lib/bus.ts";
import { checkConfig, loadConfig } from "../lib/config.ts";
import { UplineStack } from "../lib/upline-stack.ts";

const FUNCTIONS = [
  "bind-registration", "calculate-commission", "reverse-refund", "complete-order",
  "check-upgrades", "reconcile", "recount", "post-ledger", "serve-api",
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

function template(environment: string, change: object = {}): Template {
  const path = join("config", `${environment}.json`);
  const config = checkConfig({ ...loadConfig(path), ...change }, path);
  const artifacts = new Artifacts(standIns(config.architecture));
  return Template.fromStack(new UplineStack(new App(), "Upline", config, artifacts));
}

function permissions(environment: string): string {
  const policies = template(environment).findResources("AWS::IAM::Policy");
  return Object.entries(policies).sort(([a], [b]) => a.localeCompare(b)).map(([id, policy]) =>
    [id, ...policy["Properties"].PolicyDocument.Statement.map((one: unknown) =>
      `  ${JSON.stringify(one)}`)].join("\n")).join("\n\n") + "\n";
}

/** The template as it is deployed, but for what the binaries are. */
function whole(environment: string): string {
  const text = JSON.stringify(template(environment).toJSON(), null, 1);
  return text.replaceAll(/[0-9a-f]{64}/g, "of-a-binary") + "\n";
}

/** Holds a text against the one that is kept, and keeps it where that is asked for. */
function kept(name: string, now: string): void {
  const path = join("test", name);
  if (process.env["UPLINE_BLESS"] === "1") {
    writeFileSync(path, now);
  }
  assert.equal(now, readFileSync(path, "utf8"));
}

for (const environment of ["dev", "prod"]) {
  test(`the roles of ${environment} may do what is listed`, () => {
    kept(`permissions.${environment}.snapshot`, permissions(environment));
  });

  test(`the template of ${environment} is the one that was reviewed`, () => {
    kept(`template.${environment}.snapshot`, whole(environment));
  });
}

test("posting is not woken by what it counts, and a batch fails whole", () => {
  const counted = { Pattern: JSON.stringify({
    eventName: ["INSERT", "MODIFY"], dynamodb: { Keys: { sk: { S: ["ORDER", "MEMBER"] } } },
  }) };
  const parked = { Pattern: JSON.stringify({
    eventName: ["INSERT", "MODIFY"], dynamodb: { NewImage: { event_id: { S: [{ exists: true }] } } },
  }) };
  const levels = { Pattern: JSON.stringify({
    eventName: ["INSERT", "MODIFY"], dynamodb: { Keys: { sk: { S: [{ prefix: "LEVEL#" }] } } },
  }) };
  for (const [change, filters] of [
    [{}, [counted, parked, levels]], [{ outgoingEvents: false }, [counted]],
  ] as const) {
    template("prod", change).hasResourceProperties("AWS::Lambda::EventSourceMapping", {
      BisectBatchOnFunctionError: true,
      FunctionResponseTypes: Match.absent(),
      FilterCriteria: { Filters: filters },
    });
  }
});

test("no rule of an act takes what the product tells, and without a bus nothing is told", () => {
  const stack = template("prod");
  const taken = Object.values(stack.findResources("AWS::Events::Rule"))
    .filter((rule) => rule["Properties"].Targets !== undefined)
    .map((rule) => rule["Properties"].EventPattern["detail-type"]);
  assert.ok(taken.length >= 5);
  for (const detailTypes of taken) {
    assert.equal(detailTypes?.length, 1, "a rule names its detail-type");
    assert.ok(!(OUTGOING as readonly string[]).includes(detailTypes[0]), `${detailTypes[0]} feeds an act`);
  }
  const environment = (of: Template): object => {
    const functions = of.findResources("AWS::Lambda::Function");
    const posting = Object.values(functions)
      .find((one) => one["Properties"].FunctionName === "upline-post-ledger");
    return posting?.["Properties"].Environment.Variables;
  };
  assert.ok("EVENT_BUS_NAME" in environment(stack));
  const silent = template("prod", { outgoingEvents: false });
  assert.ok(!("EVENT_BUS_NAME" in environment(silent)));
  const bus = (of: Template): string[] => Object.entries(of.findResources("AWS::IAM::Policy"))
    .filter(([, policy]) => JSON.stringify(policy).includes("events:PutEvents"))
    .map(([id]) => id.replace(/FunctionRole.*/, ""));
  assert.deepEqual(bus(stack).sort(), ["Api", "PostLedger", "Reconcile"]);
  assert.deepEqual(bus(silent).sort(), ["Api", "Reconcile"], "these put a shop's events there");
});

test("each night one message for all tenants is put on the queue of each nightly job", () => {
  const nightly = {
    timezone: "America/New_York", "check-upgrades": "23:05", reconcile: "00:45",
  };
  const usual = [["check-upgrades", "15 2"], ["reconcile", "30 3"]];
  const moved = [["check-upgrades", "5 23"], ["reconcile", "45 0"]];
  for (const [change, zone, times] of [
    [{ nightly }, "America/New_York", moved], [{}, "Asia/Shanghai", usual],
  ] as const) {
    const stack = template("prod", change);
    stack.resourceCountIs("AWS::Scheduler::Schedule", times.length);
    for (const [job, time] of times) {
      const act = job === "reconcile" ? "Reconcile" : "CheckUpgrades";
      stack.hasResourceProperties("AWS::Scheduler::Schedule", {
        ScheduleExpression: `cron(${time} * * ? *)`, ScheduleExpressionTimezone: zone,
        Target: Match.objectLike({
          Input: JSON.stringify({ job }),
          Arn: { "Fn::GetAtt": [Match.stringLikeRegexp(`^${act}Queue`), "Arn"] },
          DeadLetterConfig: Match.anyValue(),
        }),
      });
    }
  }
});

test("who may put messages on the queue of a job is told where it is", () => {
  const stack = template("prod");
  for (const [job, act, nightly] of [
    ["check-upgrades", "CheckUpgrades", true], ["reconcile", "Reconcile", true],
    ["recount", "Recount", false],
  ] as const) {
    const variable = `${job.toUpperCase().replace("-", "_")}_QUEUE_URL`;
    const told = Object.values(stack.findResources("AWS::Lambda::Function"))
      .filter((one) => variable in one["Properties"].Environment.Variables)
      .map((one) => one["Properties"].FunctionName);
    assert.deepEqual(told.sort(), [`upline-${job}`, "upline-serve-api"].sort());
    const may = Object.entries(stack.findResources("AWS::IAM::Policy"))
      .filter(([, policy]) => policy["Properties"].PolicyDocument.Statement.some((one: any) =>
        one.Action === "sqs:SendMessage" && JSON.stringify(one.Resource).includes(`"${act}Queue`)))
      .map(([id]) => id.replace(/Role.*/, ""));
    const schedule = nightly ? [`${act}Nightly`] : [];
    assert.deepEqual(may.sort(), ["ApiFunction", `${act}Function`, ...schedule].sort());
  }
});

test("the queue of an act hides a message for six times as long as its function has", () => {
  const stack = template("prod");
  const has = Object.fromEntries(Object.values(stack.findResources("AWS::Lambda::Function"))
    .map((one) => [one["Properties"].FunctionName, one["Properties"].Timeout]));
  const hidden = Object.values(stack.findResources("AWS::SQS::Queue"))
    .map((one) => one["Properties"])
    .filter((queue) => queue.VisibilityTimeout !== undefined)
    .map((queue) => [queue.QueueName, queue.VisibilityTimeout]);
  assert.equal(hidden.length, FUNCTIONS.length - 2);
  for (const [name, seconds] of hidden) {
    assert.equal(seconds, 6 * has[name], name);
  }
  assert.deepEqual([has["upline-reconcile"], has["upline-recount"]], [300, 300]);
});

test("lists are encrypted, nobody's but who is let, kept for as long as is said, and read by one", () => {
  const stack = template("prod", { listDays: 90 });
  stack.hasResource("AWS::S3::Bucket", {
    DeletionPolicy: "Retain",
    Properties: {
      BucketEncryption: { ServerSideEncryptionConfiguration: [{
        ServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms", KMSMasterKeyID: Match.anyValue() },
        BucketKeyEnabled: true,
      }] },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      VersioningConfiguration: { Status: "Enabled" },
      LifecycleConfiguration: { Rules: [Match.objectLike({ ExpirationInDays: 90 })] },
    },
  });
  stack.hasResourceProperties("AWS::S3::BucketPolicy", {
    PolicyDocument: Match.objectLike({ Statement: [Match.objectLike({
      Effect: "Deny", Condition: { Bool: { "aws:SecureTransport": "false" } },
    })] }),
  });
  template("dev").hasResourceProperties("AWS::S3::Bucket", {
    BucketEncryption: { ServerSideEncryptionConfiguration: [{
      ServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" },
    }] },
    LifecycleConfiguration: { Rules: [Match.objectLike({ ExpirationInDays: 400 })] },
  });
  assert.ok(Object.keys(stack.findOutputs("*")).includes("ListsBucket"));
  const policies = Object.entries(stack.findResources("AWS::IAM::Policy"));
  const actions = policies.flatMap(([id, policy]) => policy["Properties"].PolicyDocument.Statement
    .filter((one: any) => /"s3[:.]/.test(JSON.stringify(one)))
    .map((one: any) => `${id.replace(/Role.*/, "")} ${one.Action}`));
  const reader = "ReconcileFunction";
  assert.deepEqual(actions.sort(),
    [`${reader} kms:Decrypt`, `${reader} s3:GetObject`, `${reader} s3:ListBucket`]);
  stack.hasResourceProperties("AWS::Lambda::Function", {
    FunctionName: "upline-reconcile", EphemeralStorage: { Size: 2048 }, MemorySize: 512,
    Environment: { Variables: Match.objectLike({ LISTS_BUCKET: Match.anyValue() }) },
  });
});

test("a person is called above one inconsistent order in ten thousand", () => {
  template("prod").hasResourceProperties("AWS::CloudWatch::Alarm", {
    AlarmName: "upline-reconcile-inconsistent", MetricName: "OrdersInconsistentPerMillion",
    Dimensions: [{ Name: "service", Value: "upline-reconcile" }], Statistic: "Maximum",
    Threshold: 101, ComparisonOperator: "GreaterThanOrEqualToThreshold", EvaluationPeriods: 1,
  });
});

test("every function has a service of its own for its metrics, and the alarm of what is parked", () => {
  const stack = template("prod");
  const services = Object.values(stack.findResources("AWS::Lambda::Function"))
    .map((one) => one["Properties"].Environment.Variables)
    .map((set) => `${set.POWERTOOLS_METRICS_NAMESPACE} ${set.POWERTOOLS_SERVICE_NAME}`);
  assert.equal(new Set(services).size, FUNCTIONS.length);
  const alarms = Object.values(stack.findResources("AWS::CloudWatch::Alarm"))
    .map((one) => one["Properties"])
    .filter((alarm) => alarm.MetricName === "EventsParked")
    .map((alarm) => `${alarm.Namespace} ${alarm.Dimensions[0].Value}`);
  assert.deepEqual(alarms.sort(), services.sort());
});

test("the dashboard shows metrics that the functions write", () => {
  const stack = template("prod");
  const body = JSON.stringify(stack.findResources("AWS::CloudWatch::Dashboard"));
  const page = readFileSync(join("..", "..", "docs", "logging.md"), "utf8");
  for (const metric of [
    "MessagesCreated", "MessagesExisting", "MessagesWaiting", "MessagesConflicting",
    "MessagesDone", "MessagesParked", "MessagesRefused", "MessagesRetried", "Latency",
    "EventsParked", "PostingLag", "Commissions", "CommissionsMinor", "DistributorsChecked",
    "LevelsRaised", "LevelsLowered", "OrdersReconciled", "OrdersInconsistent",
    "OrdersInconsistentPerMillion", "DifferencesFound", "DifferencesRepaired",
    "ReconciliationsFinished", "OrdersRecounted", "LinesRecounted", "DistributorsRecounted",
  ]) {
    assert.ok(body.includes(metric), `${metric} is not on the dashboard`);
    assert.ok(page.includes(`\`${metric}\``), `docs/logging.md does not have ${metric}`);
  }
  template("prod", { dashboard: false }).resourceCountIs("AWS::CloudWatch::Dashboard", 0);
});

test("every route but health has the authorizer of the configured issuer and audience", () => {
  const stack = template("prod");
  const routes = Object.values(stack.findResources("AWS::ApiGatewayV2::Route"))
    .map(({ Properties: route }) => [route.RouteKey, route.AuthorizationType]).sort();
  assert.deepEqual(routes, [["$default", "JWT"], ["GET /v1/health", "NONE"]]);
  stack.hasResourceProperties("AWS::ApiGatewayV2::Authorizer", {
    AuthorizerType: "JWT",
    IdentitySource: ["$request.header.Authorization"],
    JwtConfiguration: {
      Issuer: "https://login.example.com/", Audience: ["https://upline.example.com"],
    },
  });
  stack.hasResourceProperties("AWS::Lambda::Function", {
    FunctionName: "upline-serve-api",
    Environment: { Variables: Match.objectLike({
      CLAIM_TENANT: "https://upline.example.com/tenant",
      CLAIM_SUBJECT: "https://upline.example.com/subject",
    }) },
  });
  stack.hasResourceProperties("AWS::ApiGatewayV2::Stage", {
    DefaultRouteSettings: Match.objectLike({
      ThrottlingRateLimit: 500, ThrottlingBurstLimit: 1000,
    }),
  });
});

test("the access log says nothing of who asked, nor for what", () => {
  const stages = Object.values(template("prod").findResources("AWS::ApiGatewayV2::Stage"));
  const format: string = stages[0]?.["Properties"].AccessLogSettings.Format;
  const fields = [...format.matchAll(/\$context\.([\w.]+)/g)].map(([, field]) => field).sort();
  assert.deepEqual(fields, [
    "authorizer.error", "httpMethod", "integrationErrorMessage", "requestId", "requestTime",
    "responseLatency", "responseLength", "routeKey", "status",
  ]);
});

test("nobody but the gateway may invoke the API's function", () => {
  const allowed = template("prod").findResources("AWS::Lambda::Permission");
  const principals = Object.values(allowed).map((one) => one["Properties"].Principal);
  assert.deepEqual([...new Set(principals)], ["apigateway.amazonaws.com"]);
});

test("in a user pool of the stack's own nobody gives themself a tenant or a role", () => {
  const stack = template("dev");
  stack.hasResourceProperties("AWS::Cognito::UserPool", {
    AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
  });
  stack.hasResourceProperties("AWS::Cognito::UserPoolClient", { WriteAttributes: ["locale"] });
  stack.hasResourceProperties("AWS::Lambda::Function", {
    Environment: { Variables: Match.objectLike({
      CLAIM_TENANT: "custom:tenant", CLAIM_ROLE: "custom:role", CLAIM_SUBJECT: "custom:subject",
    }) },
  });
  const outputs = Object.keys(stack.findOutputs("*"));
  for (const output of ["ApiUrl", "ApiId", "UserPoolId", "UserPoolClientId"]) {
    assert.ok(outputs.includes(output), `${output} is none of ${outputs}`);
  }
});

test("a stack without the API has neither the function nor the gateway", () => {
  const stack = template("dev", { api: null });
  stack.resourceCountIs("AWS::ApiGatewayV2::Api", 0);
  stack.resourceCountIs("AWS::Cognito::UserPool", 0);
  stack.resourceCountIs("AWS::Lambda::Function", FUNCTIONS.length - 1);
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
  const api = (change: object): object =>
    ({ api: {
      issuer: "https://a.example", audience: ["b"], requestsPerSecond: 1, burst: 1, ...change,
    } });
  refused(api({ cognito: true }), /has a user pool of its own by "cognito", and names an issuer/);
  refused(api({ issuer: undefined }), /api: whose tokens are taken\? Name an "issuer"/);
  refused(api({ audience: [] }), /api.audience: \[\] must NOT have fewer than 1 items/);
  refused(api({ issuer: "http://a.example" }), /api.issuer: "http:\/\/a.example" must match/);
  refused(api({ claims: { tennant: "t" } }), /api.claims: "tennant" is not a key/);
  const nightly = (change: object): object => ({ nightly: { ...good.nightly, ...change } });
  refused(nightly({ "check-upgrades": "24:00" }), /nightly.check-upgrades: "24:00" must match/);
  refused(nightly({ "check-upgrades": "2:15" }), /nightly.check-upgrades: "2:15" must match/);
  refused(nightly({ timezone: "Asia/Peking" }), /nightly.timezone: "Asia\/Peking" is no time zone/);
  refused(nightly({ reconcile: "3:30" }), /nightly.reconcile: "3:30" must match/);
  refused(nightly({ recount: "04:00" }), /nightly: "recount" is not a key/);
  refused({ listDays: 0 }, /listDays: 0 must be >= 1/);
  refused(nightly({ settle: "03:00" }), /nightly: "settle" is not a key/);
  const concurrency = { "reverse-refund": { maximum: 9, reserved: 3 } };
  refused({ concurrency }, /9 is more than the 3/);
});
