// What runs by itself each night: a schedule that puts one message on the queue of an act.
import { Stack } from "aws-cdk-lib";
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { CfnSchedule } from "aws-cdk-lib/aws-scheduler";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import type { Config, NightlyName } from "./config.ts";
import type { Shared } from "./function.ts";
import { GivenUp } from "./given-up.ts";
import { allow } from "./permissions.ts";

/** For how long a message that the queue does not take is tried again. */
const EVENT_AGE_SECONDS = 3600;
const RETRIES = 24;

/** The schedule of a job, with a queue of what it could not hand over. */
export class Nightly extends Construct {
  readonly undelivered: Queue;

  constructor(scope: Construct, id: string, shared: Shared, name: NightlyName, queue: Queue) {
    super(scope, id);
    const { config, alarms } = shared;
    const { account, partition, region } = Stack.of(this);
    this.undelivered = new GivenUp(this, "Undelivered", config, alarms, {
      name: `${name}-undelivered`,
      description: `The schedule could not put the message of ${name} on its queue.`,
    });
    const role = new Role(this, "Role", {
      // Of this account alone: nobody else's schedule may take the role on.
      assumedBy: new ServicePrincipal("scheduler.amazonaws.com", {
        conditions: {
          StringEquals: { "aws:SourceAccount": account },
          ArnEquals: {
            "aws:SourceArn": `arn:${partition}:scheduler:${region}:${account}:schedule-group/default`,
          },
        },
      }),
    });
    role.addToPolicy(allow("Queue", ["sqs:SendMessage"], queue.queueArn));
    role.addToPolicy(allow("Undelivered", ["sqs:SendMessage"], this.undelivered.queueArn));
    const schedule = new CfnSchedule(this, "Schedule", {
      name: `${config.name}-${name}`,
      description: `Upline: ${name}, for all tenants`,
      scheduleExpression: cron(config, name),
      scheduleExpressionTimezone: config.nightly.timezone,
      flexibleTimeWindow: { mode: "OFF" },
      target: {
        arn: queue.queueArn,
        roleArn: role.roleArn,
        input: JSON.stringify({ job: name }),
        deadLetterConfig: { arn: this.undelivered.queueArn },
        retryPolicy: { maximumEventAgeInSeconds: EVENT_AGE_SECONDS, maximumRetryAttempts: RETRIES },
      },
    });
    // With its permissions in place: the first night is not to be lost.
    schedule.node.addDependency(role);
  }
}

function cron(config: Config, name: NightlyName): string {
  const [hour, minute] = config.nightly[name].split(":").map(Number);
  return `cron(${minute} ${hour} * * ? *)`;
}
