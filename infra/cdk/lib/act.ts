// An act fed by a queue: the rules that choose its events, the queue, what was tried too often, and
// the function.
import { Duration } from "aws-cdk-lib";
import { EventField, Rule, RuleTargetInput } from "aws-cdk-lib/aws-events";
import { SqsQueue } from "aws-cdk-lib/aws-events-targets";
import { EventSourceMapping } from "aws-cdk-lib/aws-lambda";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { MINUTE } from "./alarms.ts";
import type { UplineBus } from "./bus.ts";
import type { FunctionName } from "./config.ts";
import { RustFunction, type Shared } from "./function.ts";
import { GivenUp } from "./given-up.ts";
import { allow } from "./permissions.ts";

/** AWS asks for six times the timeout at least, so that no message is handled twice at once. */
const TIMEOUT_SECONDS = 30;
const VISIBILITY_SECONDS = 6 * TIMEOUT_SECONDS;
/** With the delays that the function asks for, about half an hour of tries. */
const RECEIVES_MAX = 8;

/** What differs from one act to the next. */
export interface ActProps {
  readonly name: FunctionName;
  readonly detailTypes: readonly string[];
  readonly bus: UplineBus;
}

/** One act. */
export class Act extends Construct {
  readonly fn: RustFunction;
  readonly queue: Queue;
  readonly dead: Queue;

  constructor(scope: Construct, id: string, shared: Shared, props: ActProps) {
    super(scope, id);
    const { config, alarms } = shared;
    this.dead = new GivenUp(this, "Dead", config, alarms, {
      name: `${props.name}-dead`,
      description: `${props.name} gave a message up after ${RECEIVES_MAX} tries.`,
    });
    this.queue = new Queue(this, "Queue", {
      queueName: `${config.name}-${props.name}`,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      visibilityTimeout: Duration.seconds(VISIBILITY_SECONDS),
      retentionPeriod: Duration.days(4),
      deadLetterQueue: { queue: this.dead, maxReceiveCount: RECEIVES_MAX },
    });
    for (const detailType of props.detailTypes) {
      this.listen(props.bus, detailType);
    }
    this.fn = new RustFunction(this, "Function", shared, {
      name: props.name, timeoutSeconds: TIMEOUT_SECONDS, memoryMb: 256,
    });
    this.fn.may(allow("Queue", [
      "sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes",
      "sqs:ReceiveMessage",
    ], this.queue.queueArn));
    const maximum = config.concurrency[props.name]?.maximum;
    new EventSourceMapping(this, "Source", {
      target: this.fn.lambda,
      eventSourceArn: this.queue.queueArn,
      batchSize: 10,
      reportBatchItemFailures: true,
      ...(maximum === undefined ? {} : { maxConcurrency: maximum }),
    });
    alarms.on(this, {
      name: `${props.name}-late`,
      metric: this.queue.metricApproximateAgeOfOldestMessage({ period: MINUTE }),
      atLeast: 900, periods: 5,
      description: `${props.name} has a message that has waited for 15 minutes.`,
    });
  }

  /**
   * Of the envelope only what is the shop's: the id and time that EventBridge adds differ each time
   * an event is sent, and the same event would be parked again under another hash. The resources
   * say which parked event it is a retry of; the function takes them off again.
   */
  private listen(bus: UplineBus, detailType: string): void {
    new Rule(this, detailType, {
      eventBus: bus.bus,
      eventPattern: { detailType: [detailType] },
      targets: [new SqsQueue(this.queue, {
        deadLetterQueue: bus.undelivered,
        message: RuleTargetInput.fromObject({
          source: EventField.fromPath("$.source"),
          "detail-type": detailType,
          resources: EventField.fromPath("$.resources"),
          detail: EventField.fromPath("$.detail"),
        }),
      })],
    });
  }
}
