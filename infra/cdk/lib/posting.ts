// Posting: the function that the stream of the table feeds.
import { Duration } from "aws-cdk-lib";
import {
  EventSourceMapping, FilterCriteria, FilterRule, StartingPosition,
} from "aws-cdk-lib/aws-lambda";
import { SqsDlq } from "aws-cdk-lib/aws-lambda-event-sources";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { MINUTE } from "./alarms.ts";
import type { UplineBus } from "./bus.ts";
import { RustFunction, type Shared } from "./function.ts";
import { GivenUp } from "./given-up.ts";
import { allow } from "./permissions.ts";

/** `post-ledger` behind the stream. A batch fails whole: posting again counts nothing twice. */
export class Posting extends Construct {
  readonly fn: RustFunction;
  readonly failed: Queue;

  constructor(scope: Construct, id: string, shared: Shared, bus: UplineBus) {
    super(scope, id);
    const { config, alarms, table } = shared;
    this.failed = new GivenUp(this, "Failed", config, alarms, {
      name: "post-ledger-failed",
      description: "Changes of the table were given up and are not in the balances.",
    });
    this.fn = new RustFunction(this, "Function", shared, {
      name: "post-ledger", timeoutSeconds: 60, memoryMb: 512,
      environment: config.outgoingEvents ? { EVENT_BUS_NAME: bus.bus.eventBusName } : {},
    });
    if (config.outgoingEvents) {
      this.fn.may(allow("Bus", ["events:PutEvents"], bus.bus.eventBusArn));
    }
    this.fn.may(allow("Stream", [
      "dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator",
      "dynamodb:ListStreams",
    ], table.streamArn));
    this.fn.may(allow("Failed", ["sqs:SendMessage"], this.failed.queueArn));
    new EventSourceMapping(this, "Source", {
      target: this.fn.lambda,
      eventSourceArn: table.streamArn,
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: 100,
      bisectBatchOnError: true,
      retryAttempts: 100,
      maxRecordAge: Duration.hours(6),
      onFailure: new SqsDlq(this.failed),
      filters: filters(config.outgoingEvents),
    });
    alarms.on(this, {
      name: "post-ledger-late",
      metric: this.fn.lambda.metric("IteratorAge", { statistic: "Maximum", period: MINUTE }),
      atLeast: 300_000, periods: 5,
      description: "Balances are five minutes behind orders.",
    });
  }
}

/**
 * What wakes posting: orders and distributors, and where it is told what is parked and what level
 * somebody has. Lines and balances, which it writes itself, do not.
 */
function filters(outgoingEvents: boolean): Record<string, unknown>[] {
  const eventName = FilterRule.or("INSERT", "MODIFY");
  const counted = FilterCriteria.filter({
    eventName, dynamodb: { Keys: { sk: { S: FilterRule.or("ORDER", "MEMBER") } } },
  });
  // Only what is parked has this attribute.
  const parked = FilterCriteria.filter({
    eventName, dynamodb: { NewImage: { event_id: { S: FilterRule.exists() } } },
  });
  const levels = FilterCriteria.filter({
    eventName, dynamodb: { Keys: { sk: { S: FilterRule.beginsWith("LEVEL#") } } },
  });
  return outgoingEvents ? [counted, parked, levels] : [counted];
}
