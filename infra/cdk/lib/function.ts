// One function in Rust: its binary, its logs, and a role that holds what the function does and
// nothing else.
import { Duration, RemovalPolicy, Size, Stack, Validations } from "aws-cdk-lib";
import { Metric, type MetricOptions, Stats } from "aws-cdk-lib/aws-cloudwatch";
import { type CfnPolicy, type PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import {
  Architecture, type CfnFunction, Function, LoggingFormat, Runtime, Tracing,
} from "aws-cdk-lib/aws-lambda";
import { LogGroup, type RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { type Alarms, MINUTE } from "./alarms.ts";
import type { Artifacts } from "./artifact.ts";
import type { Config, FunctionName } from "./config.ts";
import { allow, tableStatements } from "./permissions.ts";
import type { UplineTable } from "./table.ts";

/** Of all metrics that functions write. */
export const NAMESPACE = "Upline";

/** What every part of the stack is made with. */
export interface Shared {
  readonly config: Config;
  readonly artifacts: Artifacts;
  readonly table: UplineTable;
  readonly alarms: Alarms;
}

/** What differs from one function to the next. */
export interface FunctionProps {
  readonly name: FunctionName;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  /** How much it may keep in its temporary folder, where that is not 512 MB. */
  readonly temporaryMb?: number;
  readonly environment?: Record<string, string>;
}

/** A function over the table. */
export class RustFunction extends Construct {
  readonly lambda: Function;
  readonly logGroup: LogGroup;
  /** Events that it parked. */
  readonly parked: Metric;
  /** What its metrics have for the dimension `service`: its name, which no other stack has. */
  readonly service: string;

  constructor(scope: Construct, id: string, shared: Shared, props: FunctionProps) {
    super(scope, id);
    const { config, artifacts, table, alarms } = shared;
    const name = `${config.name}-${props.name}`;
    this.service = name;
    this.logGroup = new LogGroup(this, "Logs", {
      logGroupName: `/aws/lambda/${name}`,
      retention: config.logRetentionDays as RetentionDays,
      removalPolicy:
        config.removalPolicy === "retain" ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    const assumedBy = new ServicePrincipal("lambda.amazonaws.com");
    const role = new Role(this, "Role", { assumedBy });
    const reserved = config.concurrency[props.name]?.reserved;
    this.lambda = new Function(this, "Function", {
      functionName: name,
      description: `Upline: ${props.name}`,
      runtime: Runtime.PROVIDED_AL2023,
      handler: "bootstrap",
      code: artifacts.code(props.name, config.architecture),
      architecture: config.architecture === "arm64" ? Architecture.ARM_64 : Architecture.X86_64,
      timeout: Duration.seconds(props.timeoutSeconds),
      memorySize: props.memoryMb,
      tracing: Tracing.ACTIVE,
      loggingFormat: LoggingFormat.TEXT,
      logGroup: this.logGroup,
      role,
      environment: {
        TABLE_NAME: table.name,
        LOG_LEVEL: config.logLevel,
        POWERTOOLS_METRICS_NAMESPACE: NAMESPACE,
        POWERTOOLS_SERVICE_NAME: this.service,
        ...props.environment,
      },
      ...(reserved === undefined ? {} : { reservedConcurrentExecutions: reserved }),
      ...(props.temporaryMb === undefined
        ? {} : { ephemeralStorageSize: Size.mebibytes(props.temporaryMb) }),
    });
    // In the policy of the role before the function asks for it: it starts with all it needs.
    const log = ["logs:CreateLogStream", "logs:PutLogEvents"];
    this.may(allow("Logs", log, this.logGroup.logGroupArn));
    tableStatements(props.name, table).forEach((statement) => this.may(statement));
    this.waitForPolicy(role);
    this.parked = this.metric("EventsParked", { statistic: Stats.SUM });
    this.watch(alarms, props.name);
    this.acknowledge();
  }

  /** One of the metrics that it writes; docs/logging.md lists them. */
  metric(metricName: string, props: MetricOptions): Metric {
    return new Metric({
      namespace: NAMESPACE, metricName, dimensionsMap: { service: this.service },
      period: Duration.minutes(5), ...props,
    });
  }

  /** Adds to what the function may do. */
  may(statement: PolicyStatement): void {
    this.lambda.addToRolePolicy(statement);
  }

  /** The library names the role beside its policy, which a template says already by using it. */
  private waitForPolicy(role: Role): void {
    const policy = role.node.findChild("DefaultPolicy").node.defaultChild as CfnPolicy;
    const made = this.lambda.node.defaultChild as CfnFunction;
    made.addOverride("DependsOn", [Stack.of(this).getLogicalId(policy)]);
  }

  private watch(alarms: Alarms, name: FunctionName): void {
    alarms.on(this, {
      name: `${name}-errors`,
      metric: this.lambda.metricErrors({ period: MINUTE }),
      atLeast: 1, periods: 3,
      description: `${name} failed as a whole in each of three minutes.`,
    });
    alarms.on(this, {
      name: `${name}-throttled`,
      metric: this.lambda.metricThrottles({ period: MINUTE }),
      atLeast: 1, periods: 5,
      description: `${name} is asked for more often than its concurrency lets it run.`,
    });
    alarms.on(this, {
      name: `${name}-parked`,
      metric: this.parked,
      atLeast: 1, periods: 1,
      description: `${name} parked an event: a person has to look at it.`,
    });
  }

  private acknowledge(): void {
    const role = this.lambda.role as Role;
    Validations.of(role).acknowledge({
      id: "AwsSolutions-IAM5[Resource::*]",
      reason: "X-Ray takes no resource: its two actions are allowed for all or for none.",
    });
  }
}
