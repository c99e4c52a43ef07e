// A queue of what was given up: nothing reads it but a person, whom an alarm calls.
import { Duration, Validations } from "aws-cdk-lib";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { type Alarms, MINUTE } from "./alarms.ts";
import type { Config } from "./config.ts";

/** What differs from one such queue to the next. */
export interface GivenUpProps {
  /** What follows the name of the stack in the names of the queue and of its alarm. */
  readonly name: string;
  /** What has happened, for whoever the alarm calls. */
  readonly description: string;
}

/** The queue, kept for as long as SQS keeps anything, with an alarm at the first message. */
export class GivenUp extends Queue {
  constructor(
    scope: Construct, id: string, config: Config, alarms: Alarms, props: GivenUpProps,
  ) {
    super(scope, id, {
      queueName: `${config.name}-${props.name}`,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    Validations.of(this).acknowledge({
      id: "AwsSolutions-SQS3",
      reason: "It holds what was given up, and nothing reads it but a person.",
    });
    alarms.on(scope, {
      name: props.name,
      metric: this.metricApproximateNumberOfMessagesVisible({ period: MINUTE }),
      atLeast: 1, periods: 1,
      description: props.description,
    });
  }
}
