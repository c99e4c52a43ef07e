// The HTTP API: every route goes to one function, behind an authorizer that verifies who asks.
import { CfnOutput, Duration, RemovalPolicy, Validations } from "aws-cdk-lib";
import { AccessLogField, AccessLogFormat } from "aws-cdk-lib/aws-apigateway";
import {
  HttpApi, HttpMethod, HttpNoneAuthorizer, HttpRoute, HttpRouteKey, HttpStage,
  LogGroupLogDestination,
} from "aws-cdk-lib/aws-apigatewayv2";
import { HttpJwtAuthorizer } from "aws-cdk-lib/aws-apigatewayv2-authorizers";
import { HttpLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import { Stats } from "aws-cdk-lib/aws-cloudwatch";
import { LogGroup, type RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { MINUTE } from "./alarms.ts";
import type { UplineBus } from "./bus.ts";
import type { ApiSettings } from "./config.ts";
import { RustFunction, type Shared } from "./function.ts";
import { Identity } from "./identity.ts";
import { allow } from "./permissions.ts";

/** The gateway waits no longer than this; the function gives up a little earlier. */
const GATEWAY_SECONDS = 29;
const TIMEOUT_SECONDS = 28;

/** `serve-api` behind an HTTP API. */
export class Api extends Construct {
  readonly fn: RustFunction;

  constructor(
    scope: Construct, id: string, shared: Shared, settings: ApiSettings, bus: UplineBus,
  ) {
    super(scope, id);
    const { config } = shared;
    const identity = new Identity(this, "Identity", config, settings);
    const { tenant, role, subject } = identity.claims;
    this.fn = new RustFunction(this, "Function", shared, {
      name: "serve-api", timeoutSeconds: TIMEOUT_SECONDS, memoryMb: 512,
      environment: {
        EVENT_BUS_NAME: bus.bus.eventBusName,
        CLAIM_TENANT: tenant, CLAIM_ROLE: role, CLAIM_SUBJECT: subject,
      },
    });
    this.fn.may(allow("Bus", ["events:PutEvents"], bus.bus.eventBusArn));

    const integration = new HttpLambdaIntegration("ServeApi", this.fn.lambda, {
      timeout: Duration.seconds(GATEWAY_SECONDS),
    });
    const authorizer = new HttpJwtAuthorizer("Token", identity.issuer, {
      jwtAudience: [...identity.audience],
    });
    const api = new HttpApi(this, "Http", {
      apiName: config.name,
      createDefaultStage: false,
      defaultIntegration: integration,
      defaultAuthorizer: authorizer,
    });
    const health = new HttpRoute(this, "Health", {
      httpApi: api, routeKey: HttpRouteKey.with("/v1/health", HttpMethod.GET), integration,
      authorizer: new HttpNoneAuthorizer(),
    });
    const stage = this.stage(api, shared, settings);
    this.watch(shared, stage);
    Validations.of(health).acknowledge({
      id: "AwsSolutions-APIG4",
      reason: "Health is for anyone: it reads nothing. Every other route has the authorizer.",
    });
    new CfnOutput(scope, "ApiUrl", { value: api.apiEndpoint });
    new CfnOutput(scope, "ApiId", { value: api.apiId });
  }

  /** Who asked what is not written, only what was answered: nothing of a person. */
  private stage(api: HttpApi, { config }: Shared, settings: ApiSettings): HttpStage {
    const logGroup = new LogGroup(this, "Logs", {
      logGroupName: `/aws/apigateway/${config.name}`,
      retention: config.logRetentionDays as RetentionDays,
      removalPolicy:
        config.removalPolicy === "retain" ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    const context = (name: string): string => `$context.${name}`;
    return new HttpStage(this, "Stage", {
      httpApi: api,
      stageName: "$default",
      autoDeploy: true,
      throttle: { rateLimit: settings.requestsPerSecond, burstLimit: settings.burst },
      detailedMetricsEnabled: true,
      accessLogSettings: {
        destination: new LogGroupLogDestination(logGroup),
        format: AccessLogFormat.custom(JSON.stringify({
          requestId: AccessLogField.contextRequestId(),
          time: AccessLogField.contextRequestTime(),
          method: AccessLogField.contextHttpMethod(),
          route: context("routeKey"),
          status: AccessLogField.contextStatus(),
          bytes: AccessLogField.contextResponseLength(),
          milliseconds: context("responseLatency"),
          refused: context("authorizer.error"),
          broken: context("integrationErrorMessage"),
        })),
      },
    });
  }

  private watch({ alarms }: Shared, stage: HttpStage): void {
    alarms.on(this, {
      name: "serve-api-broken",
      metric: stage.metricServerError({ statistic: Stats.SUM, period: MINUTE }),
      atLeast: 1, periods: 3,
      description: "The API answered 5xx in each of three minutes.",
    });
    alarms.on(this, {
      name: "serve-api-slow",
      metric: stage.metricLatency({ statistic: Stats.percentile(99), period: MINUTE }),
      atLeast: 3000, periods: 5,
      description: "One in a hundred answers of the API takes three seconds or more.",
    });
  }
}
