// Who may ask: the tokens of an issuer that is there, or of a user pool of the stack's own.
import { Aws, CfnOutput, Duration, RemovalPolicy, Validations } from "aws-cdk-lib";
import {
  AccountRecovery, ClientAttributes, Mfa, StringAttribute, UserPool, type UserPoolClient,
} from "aws-cdk-lib/aws-cognito";
import { Construct } from "constructs";
import type { ApiSettings, ClaimNames, Config } from "./config.ts";

const USUAL: ClaimNames = { tenant: "tenant", role: "role", subject: "sub" };
/** Attributes of a user stand in an ID token under these names. */
const COGNITO: ClaimNames = {
  tenant: "custom:tenant", role: "custom:role", subject: "custom:subject",
};

/** The issuer whose tokens the API takes, and what they call tenant, role and subject. */
export class Identity extends Construct {
  readonly issuer: string;
  readonly audience: readonly string[];
  readonly claims: ClaimNames;

  constructor(scope: Construct, id: string, config: Config, settings: ApiSettings) {
    super(scope, id);
    const { issuer, audience, claims } = settings;
    if (issuer !== undefined && audience !== undefined) {
      this.issuer = issuer;
      this.audience = audience;
      this.claims = { ...USUAL, ...claims };
      return;
    }
    const pool = this.pool(config);
    const client = this.client(pool);
    this.issuer = `https://cognito-idp.${Aws.REGION}.${Aws.URL_SUFFIX}/${pool.userPoolId}`;
    this.audience = [client.userPoolClientId];
    this.claims = COGNITO;
    new CfnOutput(this, "UserPoolId", { value: pool.userPoolId }).overrideLogicalId("UserPoolId");
    new CfnOutput(this, "UserPoolClientId", { value: client.userPoolClientId })
      .overrideLogicalId("UserPoolClientId");
  }

  private pool(config: Config): UserPool {
    const keep = config.removalPolicy === "retain";
    const attribute = (): StringAttribute =>
      new StringAttribute({ minLen: 1, maxLen: 128, mutable: true });
    const pool = new UserPool(this, "Users", {
      userPoolName: config.name,
      // Nobody makes themself a user: tenant and role are an administrator's to give.
      selfSignUpEnabled: false,
      signInAliases: { username: true },
      accountRecovery: AccountRecovery.NONE,
      customAttributes: { tenant: attribute(), role: attribute(), subject: attribute() },
      passwordPolicy: {
        minLength: 14, requireLowercase: true, requireUppercase: true, requireDigits: true,
        requireSymbols: true, tempPasswordValidity: Duration.days(1),
      },
      mfa: Mfa.OPTIONAL,
      mfaSecondFactor: { otp: true, sms: false },
      deletionProtection: keep,
      removalPolicy: keep ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    Validations.of(pool).acknowledge(
      {
        id: "AwsSolutions-COG2",
        reason: "A shop's server signs in too, and has no second factor; people may set one up.",
      },
      {
        id: "AwsSolutions-COG8",
        reason: "The Plus plan is paid by the user; who wants its protection turns it on.",
      },
    );
    return pool;
  }

  /** A user changes nothing that a token says of them: the client may write no attribute of it. */
  private client(pool: UserPool): UserPoolClient {
    return pool.addClient("Client", {
      authFlows: { userSrp: true, adminUserPassword: true },
      disableOAuth: true,
      preventUserExistenceErrors: true,
      enableTokenRevocation: true,
      idTokenValidity: Duration.hours(1),
      accessTokenValidity: Duration.hours(1),
      readAttributes: new ClientAttributes().withCustomAttributes("tenant", "role", "subject"),
      writeAttributes: new ClientAttributes().withStandardAttributes({ locale: true }),
    });
  }
}
