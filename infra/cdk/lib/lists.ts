// The bucket of the lists that shops give of their orders, a day in each.
import { CfnOutput, Duration, RemovalPolicy, Stack, Validations } from "aws-cdk-lib";
import type { Role } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import {
  BlockPublicAccess, Bucket, BucketEncryption, type CfnBucket, ObjectOwnership,
} from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import type { Config } from "./config.ts";
import type { RustFunction } from "./function.ts";
import { allow } from "./permissions.ts";

/** How long a list is kept that was replaced or deleted. */
const REPLACED_DAYS = 30;

/** The bucket, which nobody reads but who is let. */
export class Lists extends Construct {
  private readonly bucket: Bucket;

  constructor(
    scope: Construct, id: string, config: Config, private readonly key: IKey | undefined,
  ) {
    super(scope, id);
    const encryption = key
      ? { encryption: BucketEncryption.KMS, encryptionKey: key, bucketKeyEnabled: true }
      : { encryption: BucketEncryption.S3_MANAGED };
    this.bucket = new Bucket(this, "Bucket", {
      ...encryption,
      enforceSSL: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      versioned: true,
      lifecycleRules: [{
        expiration: Duration.days(config.listDays),
        noncurrentVersionExpiration: Duration.days(REPLACED_DAYS),
        abortIncompleteMultipartUploadAfter: Duration.days(1),
      }],
      removalPolicy:
        config.removalPolicy === "retain" ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    Validations.of(this.bucket).acknowledge({
      id: "AwsSolutions-S1",
      reason: "Two requests a night and tenant: CloudTrail's data events say who made them where " +
        "somebody wants to know, without a second bucket that nobody reads.",
    });
    new CfnOutput(this, "Name", { value: this.bucket.bucketName })
      .overrideLogicalId("ListsBucket");
  }

  /** Lets a function find and read lists, and tells it where they are. */
  readBy(fn: RustFunction): void {
    fn.may(allow("Find", ["s3:ListBucket"], this.bucket.bucketArn));
    fn.may(allow("Read", ["s3:GetObject"], this.bucket.arnForObjects("*")));
    const name = Stack.of(this).getLogicalId(this.bucket.node.defaultChild as CfnBucket);
    Validations.of(fn.lambda.role as Role).acknowledge({
      id: `AwsSolutions-IAM5[Resource::<${name}.Arn>/*]`,
      reason: "Every object is a list, of whichever tenant and day: each night reads all of a day.",
    });
    if (this.key) {
      // S3 uses the key in the name of whoever reads.
      const decrypt = allow("ReadKey", ["kms:Decrypt"], this.key.keyArn);
      decrypt.addCondition("StringEquals", {
        "kms:ViaService": `s3.${Stack.of(this).region}.amazonaws.com`,
      });
      fn.may(decrypt);
    }
    fn.lambda.addEnvironment("LISTS_BUCKET", this.bucket.bucketName);
  }
}
