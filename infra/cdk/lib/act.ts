// An act fed by a queue: what feeds that (rules that choose events of the bus, or a schedule and the
// API), the queue, what was tried too often, and the function.
import { Duration } from "aws-cdk-lib";
import { EventField, Rule, RuleTargetInput } from "aws-cdk-lib/aws-events";
import { SqsQueue } from "aws-cdk-lib/aws-events-targets";
import { EventSourceMapping } from "aws-cdk-lib/aws-lambda";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { MINUTE } from "./alarms.ts";
import type { UplineBus } from "./bus.ts";
import type { FunctionName, JobName, NightlyName } from "./config.ts";
import { RustFunction, type Shared } from "./function.ts";
import { GivenUp } from "./given-up.ts";
import { Nightly } from "./nightly.ts";
import { allow } from "./permissions.ts";

/** AWS asks for six times the timeout at least, so that no message is handled twice at once. */
const TIMEOUT_SECONDS = 30;
const VISIBILITY_TIMEOUTS = 6;
/** With the delays that the function asks for, about half an hour of tries. */
const RECEIVES_MAX = 8;

/** What differs from one act to the next. */
export interface ActProps {
  readonly name: FunctionName;
  /** How long the function has, where it is not as long as an event needs. */
  readonly timeoutSeconds?: number;
  /** How much memory it has, where that is not 256 MB. */
  readonly memoryMb?: number;
  /** How much it may keep in its temporary folder, where that is not 512 MB. */
  readonly temporaryMb?: number;
  /** How many messages it is handed at once, where that is not ten. */
  readonly batchSize?: number;
}

/** One act that is a job: it goes on for as long as it has, and leaves the rest to a message. */
export interface JobActProps extends ActProps {
  readonly name: JobName;
  readonly timeoutSeconds: number;
}

/** A job that a night begins too. */
export interface NightlyActProps extends JobActProps {
  readonly name: NightlyName;
}

/** One act that events of the bus feed. */
export interface EventActProps extends ActProps {
  readonly detailTypes: readonly string[];
  readonly bus: UplineBus;
}

/** One act: its queue, and the function behind it. */
export class Act extends Construct {
  readonly fn: RustFunction;
  readonly queue: Queue;
  readonly dead: Queue;

  constructor(scope: Construct, id: string, shared: Shared, props: ActProps) {
    super(scope, id);
    const { config, alarms } = shared;
    const timeoutSeconds = props.timeoutSeconds ?? TIMEOUT_SECONDS;
    this.dead = new GivenUp(this, "Dead", config, alarms, {
      name: `${props.name}-dead`,
      description: `${props.name} gave a message up after ${RECEIVES_MAX} tries.`,
    });
    this.queue = new Queue(this, "Queue", {
      queueName: `${config.name}-${props.name}`,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      visibilityTimeout: Duration.seconds(VISIBILITY_TIMEOUTS * timeoutSeconds),
      retentionPeriod: Duration.days(4),
      deadLetterQueue: { queue: this.dead, maxReceiveCount: RECEIVES_MAX },
    });
    this.fn = new RustFunction(this, "Function", shared, {
      name: props.name, timeoutSeconds, memoryMb: props.memoryMb ?? 256,
      ...(props.temporaryMb === undefined ? {} : { temporaryMb: props.temporaryMb }),
    });
    this.fn.may(allow("Queue", [
      "sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes",
      "sqs:ReceiveMessage",
    ], this.queue.queueArn));
    const maximum = config.concurrency[props.name]?.maximum;
    new EventSourceMapping(this, "Source", {
      target: this.fn.lambda,
      eventSourceArn: this.queue.queueArn,
      batchSize: props.batchSize ?? 10,
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
}

/** One act that handles events. */
export class EventAct extends Act {
  constructor(scope: Construct, id: string, shared: Shared, props: EventActProps) {
    super(scope, id, shared, props);
    for (const detailType of props.detailTypes) {
      this.listen(props.bus, detailType);
    }
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

/**
 * One act that is a job: done whenever the API is asked for it. Its messages make more of the same
 * queue. One takes as long as it may, so that they are handed over one by one: what waited behind
 * it in a batch would be given up for having been received so often.
 */
export class JobAct extends Act {
  private readonly variable: string;

  constructor(scope: Construct, id: string, shared: Shared, props: JobActProps) {
    super(scope, id, shared, { ...props, batchSize: 1 });
    this.variable = `${props.name.toUpperCase().replaceAll("-", "_")}_QUEUE_URL`;
    this.feeds(this.fn);
  }

  /** Lets a function put messages on the queue, and tells it where that is. */
  feeds(fn: RustFunction): void {
    fn.may(allow(this.node.id, ["sqs:SendMessage"], this.queue.queueArn));
    fn.lambda.addEnvironment(this.variable, this.queue.queueUrl);
  }
}

/** A job that is done each night too. */
export class NightlyAct extends JobAct {
  readonly nightly: Nightly;

  constructor(scope: Construct, id: string, shared: Shared, props: NightlyActProps) {
    super(scope, id, shared, props);
    this.nightly = new Nightly(this, "Nightly", shared, props.name, this.queue);
  }
}
